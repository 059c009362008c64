import { expect, test } from "vitest";
import { candidates, chooseThreads, measureThreads, noteOnThreads } from "./measure-threads.ts";
import { createNodeRuntime } from "./node.ts";

test("counts that are tried", () => {
  expect([1, 2, 3, 6, 16].map(candidates)).toEqual([[1], [1, 2], [1, 2, 3], [1, 2, 4, 6], [1, 2, 4, 8, 16]]);
});

test("the most threads that are nearly as fast as the fastest", () => {
  const choose = (...gflops: readonly number[]): number =>
    chooseThreads(gflops.map((speed, i) => ({ threads: 2 ** i, gflops: speed })));
  expect(choose(100, 190)).toBe(2);
  expect(choose(100, 60)).toBe(1);
  expect(choose(100, 95)).toBe(2);
  expect(choose(100, 200, 390, 380)).toBe(8);
  expect(choose(100, 200, 390, 200)).toBe(4);
});

test("more threads than cores are named", () => {
  expect(noteOnThreads(undefined, 2)).toEqual([]);
  expect(noteOnThreads(2, 2)).toEqual([]);
  expect(noteOnThreads(8, 2).join("")).toContain("--threads 8 is more than the 2 cores");
});

test("a choice of what was measured, and the speeds", async () => {
  const { threads, speeds } = await measureThreads(2, (count) => createNodeRuntime({ threads: count }));
  expect(speeds.map((speed) => speed.threads)).toEqual([1, 2]);
  expect(speeds.every(({ gflops }) => gflops > 0)).toBe(true);
  expect([1, 2]).toContain(threads);
});
