import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePythonLiteral } from "./python-literal.ts";

/** Python's repr of a JSON value, for strings of printable characters. */
function repr(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const text = value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
    return `${quote}${quote === "'" ? text.replaceAll("'", "\\'") : text}${quote}`;
  }
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value)
      .map(([key, item]) => `${repr(key)}: ${repr(item)}`)
      .join(", ")}}`;
  }
  return String(value);
}

describe("parsePythonLiteral", () => {
  it("reads back what Python prints", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "é", "日", "😀", "'", '"', "\\", "\n", "\t", "{", "[", ",") });
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value")),
        fc.dictionary(text, tie("value"), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (given) => {
        fc.pre(JSON.stringify(given).includes("__proto__") === false);
        expect(parsePythonLiteral(repr(given))).toEqual(given);
      }),
    );
  });

  it.each([
    ["('a', 'b')", ["a", "b"]],
    ["('a',)", ["a"]],
    ["[1.5, -2e3, +.5]", [1.5, -2000, 0.5]],
    [String.raw`'\x41\u00fc\U0001F600\q'`, String.raw`Aü😀\q`],
    ["[]", []],
    ["{ }", {}],
  ])("%s", (text, value) => expect(parsePythonLiteral(text)).toEqual(value));

  it.each(["['a'", "[a]", "['a' 'b']", "{'a' 1}", "{1: 2}", "[1] x", "'a\nb'", "", "__import__('os')", "['\\"])(
    "refuses %j",
    (text) => expect(parsePythonLiteral(text)).toBeUndefined(),
  );

  it("refuses what is nested without end, and does not take long for it", () => {
    expect(parsePythonLiteral("[".repeat(1_000_000))).toBeUndefined();
    expect(parsePythonLiteral(`'${"\\a".repeat(500_000)}`)).toBeUndefined();
  });
});
