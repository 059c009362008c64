import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEPTH_LIMIT, keysOf, numberText, parseJson, writeJson } from "./json-text.ts";

describe("JSON is written as it was read", () => {
  it.each([
    '{"id":9007199254740993,"x":1.0,"y":2.50,"z":1e3,"big":12345678901234567890}',
    '{"b":1,"2":2,"1":{"10":"d","9":[1.0,[2.00],-0]}}',
    '{"a":"1.0 \\"2\\": 1e5","b":0.1,"c":-0.0,"d":1e999}',
    '[1.0,{"1":1}]',
    '{"__proto__":1.0,"id":"x"}',
    '{"n":12345678901.2345678}',
  ])("%s", (text) => expect(writeJson(parseJson(text))).toBe(text));

  it("of any keys and numbers", () => {
    const number = fc
      .tuple(
        fc.boolean(),
        fc.bigInt({ min: 0n, max: 10n ** 25n }),
        fc.option(fc.stringMatching(/^\d{1,20}$/)),
        fc.option(fc.integer({ min: -9, max: 9 })),
      )
      .map(
        ([minus, whole, part, power]) =>
          `${minus ? "-" : ""}${whole}${part === null ? "" : `.${part}`}${power === null ? "" : `e${power}`}`,
      );
    const key = fc.oneof(fc.nat(20).map(String), fc.string());
    const { value } = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        number,
        fc.string().map((text) => JSON.stringify(text)),
        fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
        fc
          .uniqueArray(fc.tuple(key, tie("value")), { maxLength: 4, selector: ([name]) => name })
          .map((items) => `{${items.map(([name, item]) => `${JSON.stringify(name)}:${item}`).join(",")}}`),
      ),
    }));
    fc.assert(
      fc.property(value, (item) => {
        expect(writeJson(parseJson(`{"a":${item}}`))).toBe(`{"a":${item}}`);
      }),
    );
  });

  it("also when the object is spread; what was changed is written as it is now", () => {
    const row = parseJson('{"id":1.0,"3":"c","score":2.50}') as Record<string, unknown>;
    expect(writeJson({ ...row, more: true })).toBe('{"id":1.0,"3":"c","score":2.50,"more":true}');
    expect(writeJson({ ...row, score: 3 })).toBe('{"id":1.0,"3":"c","score":3}');
    const { id: _id, ...rest } = row;
    expect(writeJson(rest)).toBe('{"3":"c","score":2.50}');
  });

  it("a key that is written twice has its last value, as in Python", () => {
    expect(writeJson(parseJson('{"a":1.0,"a":2}'))).toBe('{"a":2}');
    expect(writeJson(parseJson('{"a":{"b":1.0},"a":{"b":1}}'))).toBe('{"a":{"b":1}}');
  });

  it("values are plain", () => {
    const value = parseJson('{"x":1.0,"y":[2.50]}') as Record<string, unknown>;
    expect(value["x"]).toBe(1);
    expect(JSON.stringify(value)).toBe('{"x":1,"y":[2.5]}');
    expect(numberText(value, "x")).toBe("1.0");
    expect(keysOf(value)).toEqual(["x", "y"]);
  });
});

describe("depth", () => {
  const nested = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  it("is bounded", () => {
    expect(writeJson(parseJson(nested(DEPTH_LIMIT)))).toBe(nested(DEPTH_LIMIT));
    expect(() => parseJson(nested(DEPTH_LIMIT + 1))).toThrow(RangeError);
    expect(() => parseJson(`{"a":${'{"b":'.repeat(200_000)}1${"}".repeat(200_000)}}`)).toThrow(RangeError);
  });
  it("brackets in texts do not count", () => {
    const text = JSON.stringify({ a: nested(5000), b: '\\"[[' });
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });
});

it("indented as JSON.stringify does it, with the digits that were read", () => {
  const text = `{
  "cap": 30.0,
  "types": [
    1e-05,
    "a"
  ],
  "none": {},
  "list": []
}`;
  expect(writeJson(parseJson(text), { indent: 2 })).toBe(text);
  const plain = { a: [1, { b: "c" }], d: {} };
  expect(writeJson(plain, { indent: 2 })).toBe(JSON.stringify(plain, null, 2));
});
