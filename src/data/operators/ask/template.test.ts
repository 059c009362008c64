import { describe, expect, it } from "vitest";
import { templateOf } from "./template.ts";

describe("templateOf", () => {
  it("fills in names, each as often as it is there", () => {
    const template = templateOf("{a}-{b}-{a}", ["a", "b"], "op.template");
    expect(template({ a: "x", b: 2 })).toBe("x-2-x");
  });

  it("fills in places, counted or not", () => {
    expect(templateOf("{} and {}", ["0", "1"], "op.template")({ 0: "a", 1: "b" })).toBe("a and b");
    expect(templateOf("{1} and {0}", ["0", "1"], "op.template")({ 0: "a", 1: "b" })).toBe("b and a");
  });

  it("makes single braces of doubled ones, and leaves those in values alone", () => {
    expect(templateOf('{{"a": {a}}}', ["a"], "op.template")({ a: "{b}}}" })).toBe('{"a": {b}}}}');
  });

  it("fields may be left out", () => {
    expect(templateOf("no fields", ["a"], "op.template")({ a: "x" })).toBe("no fields");
  });

  it.each([
    ["{b}", /\{b\} is no field of this template\. Its fields are \{a\}/],
    ["{}", /\{\} is no field/],
    ['{"a": 1}', /op\.template, character 1: there is a single brace/],
    ["{a:>10}", /single brace/],
    ["{a.b}", /single brace/],
    ["a } b", /character 3/],
  ])("refuses %s before anything is asked", (text, message) => {
    expect(() => templateOf(text, ["a"], "op.template")).toThrow(message);
  });
});
