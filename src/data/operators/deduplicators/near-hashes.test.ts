import { expect, it } from "vitest";
import { randomAt } from "../../../base/random.ts";
import { countChoices, countOnes, matchNearHashes } from "./near-hashes.ts";

const COUNT = 300;

/** Hashes in families: most differ from an earlier one in a few bits. */
function families(): Uint32Array {
  const draw = randomAt(3, "near hashes");
  const hashes = new Uint32Array(2 * COUNT);
  for (let row = 0; row < COUNT; row++) {
    const source = row % 5 === 0 ? undefined : draw.integer(row);
    for (const word of [0, 1]) {
      hashes[2 * row + word] = source === undefined ? draw.integer(2 ** 32) : (hashes[2 * source + word] as number);
    }
    for (let flips = draw.integer(7); flips > 0; flips--) {
      const at = 2 * row + draw.integer(2);
      hashes[at] = (hashes[at] as number) ^ (1 << draw.integer(32));
    }
  }
  return hashes;
}

it.each([
  { blocks: 6, distance: 4 },
  { blocks: 5, distance: 4 },
  { blocks: 9, distance: 2 },
])("finds all pairs that differ in at most so many bits: $blocks, $distance", ({ blocks, distance }) => {
  const hashes = families();
  const expected = new Set<string>();
  for (let b = 0; b < COUNT; b++) {
    for (let a = 0; a < b; a++) {
      const high = (hashes[2 * a] as number) ^ (hashes[2 * b] as number);
      const low = (hashes[2 * a + 1] as number) ^ (hashes[2 * b + 1] as number);
      const ones = [high, low].map((word) => (word >>> 0).toString(2).replaceAll("0", "").length);
      if ((ones[0] as number) + (ones[1] as number) <= distance) expected.add(`${a} ${b}`);
    }
  }
  const found = new Set<string>();
  const rows = Array.from({ length: COUNT }, (_, row) => row);
  matchNearHashes(hashes, rows, { blocks, distance }, (row, earlier) => found.add(`${earlier} ${row}`));
  expect(expected.size).toBeGreaterThan(20);
  expect(found).toEqual(expected);
});

it("counts ones and choices", () => {
  expect([0, 1, 0xf0f0, -1].map(countOnes)).toEqual([0, 1, 8, 32]);
  expect([countChoices(6, 4), countChoices(5, 0), countChoices(64, 3)]).toEqual([15, 1, 41664]);
});
