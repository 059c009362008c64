import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packSamples, packSequential } from "./packing.ts";

const CAPACITY = 20;
const lengthsOf = (most: number) => fc.array(fc.integer({ min: 1, max: CAPACITY }), { minLength: 1, maxLength: most });
const used = (row: readonly number[], lengths: readonly number[]): number =>
  row.reduce((sum, i) => sum + (lengths[i] as number), 0);

/** Best-fit decreasing by its definition. */
function slowBestFit(lengths: readonly number[]): number[] {
  const rooms: number[] = [];
  for (const length of lengths.toSorted((a, b) => b - a)) {
    const fitting = rooms.filter((room) => room >= length);
    const at = rooms.indexOf(Math.min(...fitting));
    if (fitting.length === 0) rooms.push(CAPACITY - length);
    else rooms[at] = (rooms[at] as number) - length;
  }
  return rooms.sort((a, b) => a - b);
}

/** The fewest rows, by trying all. */
function fewest(lengths: readonly number[]): number {
  const sorted = lengths.toSorted((a, b) => b - a);
  let best = sorted.length;
  const place = (i: number, rooms: readonly number[]): void => {
    if (rooms.length >= best) return;
    const length = sorted[i];
    if (length === undefined) {
      best = rooms.length;
      return;
    }
    for (const room of new Set(rooms.filter((free) => free >= length)))
      place(i + 1, rooms.with(rooms.indexOf(room), room - length));
    place(i + 1, [...rooms, CAPACITY - length]);
  };
  place(0, []);
  return best;
}

describe.each([
  ["packSamples", packSamples],
  ["packSequential", packSequential],
])("%s", (_, pack) => {
  it("loses nothing and overfills nothing", () => {
    fc.assert(
      fc.property(lengthsOf(200), (lengths) => {
        const rows = pack(lengths, CAPACITY);
        expect(rows.flat().toSorted((a, b) => a - b)).toEqual(Array.from(lengths.keys()));
        for (const row of rows) expect(used(row, lengths)).toBeLessThanOrEqual(CAPACITY);
      }),
    );
  });

  it("refuses a sample longer than a row, and packs none", () => {
    expect(() => pack([3, 21], CAPACITY)).toThrow("21");
    expect(pack([], CAPACITY)).toEqual([]);
  });
});

describe("packSamples", () => {
  it("is best-fit decreasing", () => {
    fc.assert(
      fc.property(lengthsOf(100), (lengths) => {
        const rooms = packSamples(lengths, CAPACITY).map((row) => CAPACITY - used(row, lengths));
        expect(rooms.sort((a, b) => a - b)).toEqual(slowBestFit(lengths));
      }),
    );
  });

  it("is within 11/9 of the fewest rows", () => {
    fc.assert(
      fc.property(lengthsOf(10), (lengths) => {
        expect(packSamples(lengths, CAPACITY).length).toBeLessThanOrEqual((11 / 9) * fewest(lengths) + 6 / 9);
      }),
    );
  });

  it("fills a million samples into nearly full rows quickly", () => {
    const lengths = Int32Array.from({ length: 1_000_000 }, (_, i) => 1 + ((i * 7919) % 2048));
    const started = performance.now();
    const rows = packSamples(lengths, 2048);
    // About 0.5 s on one core; a method of quadratic time would need hours.
    expect(performance.now() - started).toBeLessThan(15_000);
    const total = lengths.reduce((a, b) => a + b, 0);
    expect(total / (rows.length * 2048)).toBeGreaterThan(0.999);
  });
});

describe("packSequential", () => {
  it("keeps the order and begins a row only when the next sample does not fit", () => {
    expect(packSequential([6, 4, 7, 3, 5, 5, 1], 10)).toEqual([[0, 1], [2, 3], [4, 5], [6]]);
    fc.assert(
      fc.property(lengthsOf(100), (lengths) => {
        const rows = packSequential(lengths, CAPACITY);
        expect(rows.flat()).toEqual(Array.from(lengths.keys()));
        for (const [i, row] of rows.slice(0, -1).entries()) {
          const next = lengths[(rows[i + 1] as readonly number[])[0] as number] as number;
          expect(used(row, lengths) + next).toBeGreaterThan(CAPACITY);
        }
      }),
    );
  });
});
