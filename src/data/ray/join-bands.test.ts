import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomAt } from "../../base/random.ts";
import { documentMinhashDeduplicator } from "../operators/deduplicators/document-minhash.ts";
import { documentDeduplicator } from "../operators/deduplicators/document.ts";
import { unionFind } from "../operators/deduplicators/union-find.ts";
import { createSample } from "../operators/sample.ts";
import { keyTable } from "../operators/testing/all-rows.ts";
import { goldenCases } from "../operators/testing/golden.ts";
import { readyOf } from "../operators/testing/ready.ts";
import { joinBands, type Partitions } from "./join-bands.ts";
import { createPartition } from "./partition.ts";

/** All parts in this process. */
function localPartitions(count: number): Partitions {
  const parts = Array.from({ length: count }, (_, self) => createPartition(count, self));
  return {
    count,
    addKeys: (part, keys, rows, width) => Promise.resolve(parts[part]?.addKeys(keys, rows, width)),
    exchange: () => {
      const sent = parts.map((part) => part.emit());
      const news = parts.map((part, to) =>
        part.absorb(Uint32Array.from(sent.flatMap((edges) => [...(edges[to] as Uint32Array)]))),
      );
      return Promise.resolve(news.includes(true));
    },
    parents: (part) => Promise.resolve(parts[part]?.parents() ?? new Uint32Array()),
  };
}

/** Keys of one band for each list of groups: rows of one group share it. */
function keysOf(rows: number, groups: readonly (readonly number[])[]): readonly Uint8Array[] {
  return Array.from({ length: rows }, (_, row) => {
    const key = new Float64Array(groups.length);
    for (const [band, group] of groups.entries()) key[band] = group[row] as number;
    return new Uint8Array(key.buffer);
  });
}

function plain(rows: number, groups: readonly (readonly number[])[]): readonly number[] {
  const sets = unionFind(rows);
  for (const group of groups) {
    const known = new Map<number, number>();
    for (const [row, name] of group.entries()) {
      const first = known.get(name);
      if (first === undefined) known.set(name, row);
      else sets.join(row, first);
    }
  }
  return [...sets.firsts()];
}

describe("union-find in parts", () => {
  it("finds what one union-find finds, whatever the groups and the number of parts", async () => {
    const cases = fc.record({
      parts: fc.integer({ min: 1, max: 7 }),
      bands: fc.integer({ min: 1, max: 6 }),
      rows: fc.integer({ min: 0, max: 60 }),
      names: fc.integer({ min: 1, max: 80 }),
      spread: fc.constantFrom(1, 137, 1000),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ parts, bands, rows, names, spread, seed }) => {
        const draw = randomAt(seed, "groups");
        // Rows lie far apart so that they have different owners; those between have keys of their own.
        const total = rows * spread;
        const groups = Array.from({ length: bands }, () =>
          Array.from({ length: total }, (_, row) => (row % spread === 0 ? draw.integer(names) : -1 - row)),
        );
        const found = await joinBands(
          keyTable(keysOf(total, groups)),
          { count: bands, width: 8 },
          localPartitions(parts),
        );
        expect([...found]).toEqual(plain(total, groups));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["a chain forwards", (row: number) => row],
    ["a chain in mixed order", (row: number) => (row * 7919) % 20_000],
  ])("follows %s through all parts", async (_, place) => {
    const rows = 20_000;
    const groups = [0, 1].map((shift) => {
      const group = Array.from({ length: rows }, () => 0);
      for (let i = 0; i < rows; i++) group[place(i)] = Math.floor((i + shift) / 2);
      return group;
    });
    const found = await joinBands(keyTable(keysOf(rows, groups)), { count: 2, width: 8 }, localPartitions(5));
    expect(found.every((first) => first === 0)).toBe(true);
  });

  it("leaves rows without a key alone", async () => {
    const [a, b] = [new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)];
    const found = await joinBands(
      keyTable([a, undefined, b, undefined, a]),
      { count: 1, width: 8 },
      localPartitions(3),
    );
    expect([...found]).toEqual([0, 1, 2, 3, 0]);
  });

  it.each([
    ["document_minhash_deduplicator", documentMinhashDeduplicator],
    ["document_deduplicator", documentDeduplicator],
  ])("keeps what %s keeps", async (name, operator) => {
    for (const { rows, args } of goldenCases(name)) {
      const { key, bands, originals } = await readyOf(operator, args);
      const keys = await Promise.all(rows.map((row, i) => key(createSample(row, `rows.jsonl:${i + 1}`))));
      const table = keyTable(keys);
      for (const parts of [1, 2, 5]) {
        const found = await joinBands(table, bands ?? { count: 0, width: 0 }, localPartitions(parts));
        expect([...found]).toEqual([...originals(table)]);
      }
    }
  });
});
