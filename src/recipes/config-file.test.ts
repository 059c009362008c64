import { expect, test } from "vitest";
import { configSource } from "./config-file.ts";

const keys = (text: string): readonly (readonly [string, unknown])[] =>
  configSource(text, "x").entries.map(({ key, value }) => [key, value]);

test("YAML and JSON", () => {
  const expected = [
    ["a", 1e-4],
    ["b", ["x", "y"]],
  ];
  expect(keys("a: 1e-4\nb:\n  - x\n  - y\n")).toEqual(expected);
  expect(keys('{"a": 1e-4,\n "b": ["x", "y"]}')).toEqual(expected);
  expect(keys("# nothing\n")).toEqual([]);
  expect(keys("a:\nb: 1\n")).toEqual([["b", 1]]);
});

test("positions of keys and values", () => {
  const [, b] = configSource("a: 1\nb:\n  - x\n  - y\n", "f.yaml").entries;
  expect(b?.where()).toBe("f.yaml:2:1");
  expect(b?.where([])).toBe("f.yaml:3:3");
  expect(b?.where([1])).toBe("f.yaml:4:5");
  expect(b?.where([9])).toBe("f.yaml:3:3");
});

test.each([
  ["a: [1", "E_RECIPE_FILE: f:1:6: "],
  ["a:\n  b: 1\n  b: 2\n", 'E_RECIPE_FILE: f:3:3: Map keys must be unique; "b" comes twice'],
  ["a: 1\na: 2\n", "E_RECIPE_FILE: f:2:1: Map keys must be unique"],
  ["- a\n", "E_RECIPE_FILE: f:1:1: The file is not a map"],
  ["just text", "E_RECIPE_FILE: f:1:1: The file is not a map"],
  ["a: *nowhere\n", "E_RECIPE_FILE: f"],
  [`a: ${"x".repeat(2 ** 20)}`, "at most 1048576 are read"],
])("refuses %j", (text, expected) => {
  expect(() => configSource(text, "f")).toThrow(expected);
});

test("many keys are refused soon at the top, and taken further down", () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `k${i}: 1`);
  expect(() => configSource(keys.join("\n"), "f")).toThrow("f: The file has 10000 keys; at most 2000 are read");
  expect(configSource(`a:\n  ${keys.join("\n  ")}`, "f").entries).toHaveLength(1);
});

test("an alias bomb is refused", () => {
  const levels = Array.from({ length: 9 }, (_, i) => `k${i}: &k${i} [${Array(9).fill(i === 0 ? "x" : `*k${i - 1}`)}]`);
  expect(() => configSource(levels.join("\n"), "f")).toThrow("E_RECIPE_FILE: f: Excessive alias count");
});
