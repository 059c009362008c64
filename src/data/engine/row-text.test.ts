import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RawObject } from "../shapes/shape.ts";
import { parseExactly, rowText } from "./row-text.ts";

/** What is written when the text column changes. */
function changed(text: string): string {
  const parsed = JSON.parse(text) as RawObject;
  return rowText({ ...parsed, text: "new" }, text, parsed);
}

describe("rowText", () => {
  it.each([
    ['{"id": 12345678901234567890, "text": "old"}', '{"id":12345678901234567890,"text":"new"}'],
    ['{"text":"old","ids":[9007199254740993, {"a":1.50}]}', '{"text":"new","ids":[9007199254740993, {"a":1.50}]}'],
    ['{"x":1.0,"text":"old","meta":{"b":2.50,"1":1}}', '{"x":1.0,"text":"new","meta":{"b":2.50,"1":1}}'],
    ['{"id":1,"id":12345678901234567890,"text":""}', '{"id":12345678901234567890,"text":"new"}'],
    [
      String.raw`{"a\"\\":"}{,:\"","n":1234567890123456789,"text":0}`,
      String.raw`{"a\"\\":"}{,:\"","n":1234567890123456789,"text":"new"}`,
    ],
    ['{"__proto__":1234567890123456789,"text":"old"}', '{"__proto__":1234567890123456789,"text":"new"}'],
    [
      String.raw`{"n":1234567890123456789,"s":"\ud800","text":"old"}`,
      String.raw`{"n":1234567890123456789,"s":"\ud800","text":"new"}`,
    ],
  ])("%s keeps what has not changed", (text, wanted) => expect(changed(text)).toBe(wanted));

  it("is what JSON.stringify writes for any row without such numbers", () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), fc.dictionary(fc.string(), value), (columns, more) => {
        const text = JSON.stringify({ ...columns, n: 1234567890123456 });
        const parsed = JSON.parse(text) as RawObject;
        const row = { ...parsed, ...(JSON.parse(JSON.stringify(more)) as RawObject) };
        expect(JSON.parse(rowText(row, text, parsed))).toEqual(JSON.parse(JSON.stringify(row)));
        expect(rowText(row, text, parsed)).toBe(JSON.stringify(row));
      }),
      { numRuns: 60 },
    );
  });
});

describe("parseExactly", () => {
  it("gives whole numbers beyond 2^53 as texts, and all else as it is", () => {
    const text = String.raw`{"a":12345678901234567890,"b":[-9007199254740993,9007199254740991],"c":"1234567890123456789\"12345678901234567","d":0.12345678901234567890,"e":12345678901234567e3,"f":{"g":1e-1234567890123456}}`;
    expect(parseExactly(text)).toEqual({
      a: "12345678901234567890",
      b: ["-9007199254740993", 9_007_199_254_740_991],
      c: '1234567890123456789"12345678901234567',
      d: 0.123_456_789_012_345_68,
      e: 12_345_678_901_234_567_000,
      f: { g: 0 },
    });
  });
});
