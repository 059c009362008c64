import { expect, it } from "vitest";
import { plainTools } from "../testing/ready.ts";
import { createShingler, type ShingleOptions } from "./shingles.ts";

const defaults: ShingleOptions = { tokenization: "space", window_size: 2, lowercase: true, ignore_pattern: null };

async function shinglesOf(text: string, options: Partial<ShingleOptions> = {}): Promise<readonly string[]> {
  const cut = await createShingler({ ...defaults, ...options }, "test", plainTools);
  // A longer text before must leave no trace.
  cut("words that were here before ".repeat(200));
  const { bytes, starts, ends, count } = cut(text);
  return Array.from({ length: count }, (_, i) => new TextDecoder().decode(bytes.subarray(starts[i], ends[i])));
}

it.each<[string, Partial<ShingleOptions>, readonly string[]]>([
  ["  One two   three ", {}, ["one two", "two three"]],
  ["one\ttwo\nthree four", {}, ["one\ttwo\nthree four"]],
  ["One two two two", { lowercase: false }, ["One two", "two two", "two two"]],
  ["one", {}, []],
  ["", {}, []],
  ["   ", { window_size: 1 }, []],
  ["one two", { window_size: 1 }, ["one", "two"]],
  ["aé😀b", { tokenization: "character" }, ["aé", "é😀", "😀b"]],
  ["ab", { tokenization: "character", window_size: 3 }, []],
  ["Yes, no.. so", { tokenization: "punctuation" }, ["yes  no", " no ", "  so"]],
  ["", { tokenization: "punctuation", window_size: 1 }, [""]],
  ["a1 b22 c", { ignore_pattern: "[0-9]+ ?" }, []],
  ["a1 b22 c d", { ignore_pattern: "[0-9]+" }, ["a b", "b c", "c d"]],
])("cuts %j with %j", async (text, options, shingles) => {
  expect(await shinglesOf(text, options)).toEqual(shingles);
});
