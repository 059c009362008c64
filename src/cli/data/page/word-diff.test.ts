import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { shortened, wordDiff } from "./word-diff.ts";

const textOf = (parts: ReturnType<typeof wordDiff>, without: "gone" | "new"): string =>
  parts
    .filter(({ kind }) => kind !== without)
    .map(({ text }) => text)
    .join("");

test("both texts can be read back from the difference", () => {
  const words = string({ unit: "grapheme", maxLength: 60 });
  assert(
    property(words, words, (before, after) => {
      const parts = wordDiff(before, after);
      expect(textOf(parts, "new")).toBe(before);
      expect(textOf(parts, "gone")).toBe(after);
    }),
  );
});

test("only what changed is marked", () => {
  expect(wordDiff("see http now, please", "see now, please")).toEqual([
    { kind: "same", text: "see " },
    { kind: "gone", text: "http " },
    { kind: "same", text: "now, please" },
  ]);
  expect(wordDiff("same", "same")).toEqual([{ kind: "same", text: "same" }]);
  expect(wordDiff("", "new")).toEqual([{ kind: "new", text: "new" }]);
});

test("texts that have little in common are shown as a whole, and quickly", () => {
  const [before, after] = ["a b ".repeat(20_000), "c d ".repeat(20_000)];
  expect(wordDiff(`${before}z`, `${after}z`).map(({ kind }) => kind)).toEqual(["gone", "new", "same"]);
});

test("a change in a long text is seen", () => {
  const long = "word ".repeat(500);
  const parts = shortened(wordDiff(`${long}old ${long}`, `${long}new ${long}`));
  expect(parts.map(({ kind }) => kind)).toEqual(["same", "gone", "new", "same"]);
  expect(parts[1]?.text).toBe("old");
  expect(Math.max(...parts.map(({ text }) => text.length))).toBeLessThan(120);
});
