import { describe, expect, it } from "vitest";
import { collate } from "./collate.ts";

describe("collate", () => {
  it("pads on the right and points each trained place at the token that follows", () => {
    const batch = collate(
      [[{ ids: [1, 5, 6, 2], labels: [-100, -100, 6, 2] }], [{ ids: [1, 7], labels: [-100, 7], weights: [0, 2.5] }]],
      { padId: 9 },
    );
    expect([batch.batch, batch.time, batch.tokens]).toEqual([2, 4, 6]);
    expect([...batch.inputIds]).toEqual([1, 5, 6, 2, 1, 7, 9, 9]);
    expect([...batch.positions]).toEqual([0, 1, 2, 3, 0, 1, 0, 0]);
    expect([...batch.segments]).toEqual([1, 1, 1, 1, 1, 1, 0, 0]);
    expect([...batch.rows]).toEqual([1, 2, 4]);
    expect([...batch.labels]).toEqual([6, 2, 7]);
    expect([...batch.weights]).toEqual([1, 1, 2.5]);
  });

  it("never trains the first token of a segment from the one before it", () => {
    const sample = { ids: [3, 4], labels: [3, 4] };
    const batch = collate([[sample, sample]], { padId: 0 });
    expect([...batch.positions]).toEqual([0, 1, 0, 1]);
    expect([...batch.segments]).toEqual([1, 1, 2, 2]);
    expect([...batch.rows]).toEqual([0, 2]);
  });

  it("rounds the length up when asked", () => {
    expect(collate([[{ ids: [1, 2, 3], labels: [1, 2, 3] }]], { padId: 0, padToMultiple: 8 }).time).toBe(8);
  });

  it("refuses labels of another length than the ids", () => {
    expect(() => collate([[{ ids: [1, 2], labels: [1] }]], { padId: 0 })).toThrow("2 ids and 1 labels");
  });
});
