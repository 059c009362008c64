import { expect, test } from "vitest";
import { randomAt } from "../../base/random.ts";
import { createRepeatCounter } from "./repeats.ts";

/** Contents 0 .. different - 1 in turn, as hashes. */
function hashes(rows: number, different: number): readonly number[] {
  return Array.from({ length: rows }, (_, i) => Math.floor(randomAt("content", i % different).uniform() * 2 ** 48));
}

test("exact while it fits", () => {
  const counter = createRepeatCounter(2 ** 20);
  const seen = hashes(7000, 5000).map((hash) => counter.add(hash));
  expect(seen.slice(0, 5000).every((times) => times === 0)).toBe(true);
  expect(seen.slice(5000).every((times) => times === 1)).toBe(true);
  expect(counter.result()).toEqual({ rows: 2000, share: 2000 / 7000, exact: true });
  expect(counter.times(hashes(1, 1)[0] as number)).toBe(2);
});

test("a fair draw of the contents when it does not", () => {
  const counter = createRepeatCounter(2 ** 16);
  for (const hash of hashes(60_000, 40_000)) counter.add(hash);
  const { share, exact, rows } = counter.result();
  expect(exact).toBe(false);
  expect(share).toBeCloseTo(1 / 3, 1);
  expect(rows).toBe(Math.round(share * 60_000));
});

test("nothing at all, and the hash 0", () => {
  const counter = createRepeatCounter(2 ** 16);
  expect(counter.result()).toEqual({ rows: 0, share: 0, exact: true });
  expect([counter.add(0), counter.add(0)]).toEqual([0, 1]);
});
