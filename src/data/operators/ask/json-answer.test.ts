import { describe, expect, it } from "vitest";
import * as z from "zod";
import { readJson } from "./json-answer.ts";

const schema = z.looseObject({ a: z.number() });

describe("readJson", () => {
  it.each([
    ['{"a": 1}', { a: 1 }],
    ['Sure!\n```json\n{"a": 1, "b": {"c": "}"}}\n```', { a: 1, b: { c: "}" } }],
    ['The form is {a}: {"a": 2}', { a: 2 }],
    ['{"a": "x"} or rather {"a": 3}', { a: 3 }],
    ['{"outer": {"a": 4}}', undefined],
    ['{"a": 1', undefined],
    ["", undefined],
    ['[{"a": 5}]', { a: 5 }],
  ])("%s", (answer, expected) => {
    const read = readJson(answer, schema);
    expect("value" in read ? read.value : undefined).toEqual(expected);
  });

  it("says what is wrong", () => {
    expect(readJson("no", schema)).toEqual({ problem: "it holds no JSON object" });
    expect(readJson('{"a": "x"}', schema)).toEqual({ problem: expect.stringMatching(/^a: .*number/) as string });
  });

  it("keeps the order of keys", () => {
    const read = readJson('{"z": 1, "a": 2, "b": 3}', schema);
    expect("value" in read && Object.keys(read.value)).toEqual(["z", "a", "b"]);
  });

  it("ends on answers that are braces alone", () => {
    const started = performance.now();
    expect(readJson("{".repeat(1_000_000), schema)).toEqual({ problem: "it holds no JSON object" });
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
