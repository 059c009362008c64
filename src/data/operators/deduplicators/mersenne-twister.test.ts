import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { parts } from "../testing/parts.ts";
import { drawPermutations } from "./document-minhash.ts";
import { mersenneTwister, wideIntegers } from "./mersenne-twister.ts";

it("gives the numbers of MT19937", () => {
  const word = mersenneTwister(5489);
  const words = Array.from({ length: 10_000 }, word);
  // The first number, and the ten thousandth that the C++ standard demands of its mt19937.
  expect(words[0]).toBe(3499211612);
  expect(words.at(-1)).toBe(4123659995);
});

it("draws the permutations of numpy", () => {
  const { first_permutations: first, sha256_of_256_permutations: sha256 } = parts().minhash;
  const drawn = drawPermutations(256);
  expect(drawn.slice(0, first.length).map(({ a, b }) => [String(a), String(b)])).toEqual(first);
  const every = drawn.map(({ a, b }) => `${a}:${b}`).join(",");
  expect(createHash("sha256").update(every).digest("hex")).toBe(sha256);
});

it("stays inside of the range", () => {
  const draw = wideIntegers(1);
  const drawn = Array.from({ length: 200 }, () => draw(10n, 15n));
  expect([...new Set(drawn)].sort()).toEqual([10n, 11n, 12n, 13n, 14n]);
});
