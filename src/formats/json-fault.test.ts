import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonFault, lineAndColumn } from "./json-fault.ts";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("findJsonFault", () => {
  it("finds a fault exactly where JSON.parse refuses, in texts with one edit", () => {
    const edit = fc.record({
      at: fc.nat(200),
      remove: fc.nat(3),
      insert: fc.oneof(
        fc.constantFrom("", ",", "]", "}", "{", '"', "\\", "1", "-", ".", "e", "\n", "\u0001", "nul", ":"),
        fc.string(),
      ),
    });
    fc.assert(
      fc.property(fc.json(), fc.nat(2), edit, (json, indent, { at, remove, insert }) => {
        const pretty = JSON.stringify(JSON.parse(json), null, indent);
        expect(findJsonFault(pretty)).toBeUndefined();
        const from = at % (pretty.length + 1);
        const edited = pretty.slice(0, from) + insert + pretty.slice(from + remove);
        const fault = findJsonFault(edited);
        expect(fault === undefined, edited).toBe(isJson(edited));
        // What stands before the fault is not yet wrong: it can be where another, valid text goes on.
        if (fault !== undefined) expect(fault.offset).toBeLessThanOrEqual(edited.length);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['{"a":}', 5, 'expected a value, found "}"'],
    ['{"a":1,}', 7, 'expected a key in double quotes, found "}"'],
    ["{'a':1}", 1, 'expected a key in double quotes or "}", found "\'"'],
    ['{"a" 1}', 5, 'expected ":", found "1"'],
    ["[1 2]", 3, 'expected "," or "]", found "2"'],
    ['{"a":[1}', 7, 'expected "," or "]", found "}"'],
    ['{"a":None}', 5, 'expected a value, found "None"'],
    ["[01]", 1, 'expected a value or "]", found "0"'],
    ['["a', 1, "this string is not closed"],
    ['["a\nb"]', 3, "a line end inside a string must be written as an escape"],
    ['["\\x"]', 2, 'unknown escape in a string: "x"'],
    ["{}{}", 2, 'expected nothing more, found "{"'],
    ["", 0, "expected a value, found the end"],
  ])("says what is wrong in %s", (text, offset, reason) => {
    expect(findJsonFault(text)).toEqual({ offset, reason });
  });

  it("finds keys that appear twice in one object, however they are written", () => {
    const twice = String.raw`{"a":{"b":1},"b":[{"b":2}],"\u0061":3}`;
    expect(findJsonFault(twice)).toBeUndefined();
    expect(findJsonFault(twice, { uniqueKeys: true })).toEqual({ offset: 27, reason: 'the key "a" appears twice' });
  });

  it("does not run out of stack on deep nesting or long strings", () => {
    expect(findJsonFault("[".repeat(500_000))?.offset).toBe(500_000);
    expect(findJsonFault(`["${"\\n".repeat(500_000)}"]`)).toBeUndefined();
  });
});

describe("lineAndColumn", () => {
  it("counts from 1", () => {
    expect(lineAndColumn("ab\ncd", 0)).toEqual({ line: 1, column: 1 });
    expect(lineAndColumn("ab\ncd", 2)).toEqual({ line: 1, column: 3 });
    expect(lineAndColumn("ab\ncd", 3)).toEqual({ line: 2, column: 1 });
    expect(lineAndColumn("ab\ncd", 5)).toEqual({ line: 2, column: 3 });
  });
});
