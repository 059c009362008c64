import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permutation, randomAt } from "../../base/random.ts";
import { frechetTo } from "../geometry/frechet.ts";
import { squaredDistance, type Points } from "../geometry/points.ts";
import { clusterBalancedSampler } from "./cluster-balanced.ts";
import { kCenterSampler } from "./k-center.ts";
import { snpSampler } from "./snp.ts";
import { sampleSet, selectWith } from "./testing/sample-set.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embeddings-"));
});
afterAll(() => rm(folder, { recursive: true }));

const normals = (count: number, ...address: readonly number[]): number[] => {
  const { normal } = randomAt(...address);
  return Array.from({ length: count }, normal);
};

const pointsOf = (rows: readonly (readonly number[])[]): Points => ({
  count: rows.length,
  width: rows[0]?.length ?? 0,
  values: Float64Array.from(rows.flat()),
});

const WIDTH = 8;
/** Five domains with centres of their own; 60 identities each, 4 rows of every identity. */
const centres = Array.from({ length: 5 }, (_, domain) => normals(WIDTH, 11, domain).map((value) => 2.5 * value));

function rowsOf(domain: number, ids: number, perId: number, address: number) {
  return Array.from({ length: ids }, (_, id) => {
    const own = normals(WIDTH, address, domain, id);
    return Array.from({ length: perId }, (__, row) => ({
      id: `${domain}-${id}`,
      domain,
      embedding: normals(WIDTH, address, domain, id, row).map(
        (value, k) => (centres[domain]?.[k] as number) + (own[k] as number) + 0.5 * value,
      ),
    }));
  }).flat();
}

describe("snp", () => {
  const pool = [0, 1, 2, 3, 4].flatMap((domain) => rowsOf(domain, 60, 4, 21));
  const samples = sampleSet(pool);
  const goal = [...rowsOf(1, 50, 4, 22), ...rowsOf(3, 50, 4, 22)];
  const goalPoints = pointsOf(goal.map(({ embedding }) => embedding));
  const distance = (chosen: readonly number[]): number =>
    frechetTo(goalPoints)(pointsOf(chosen.map((sample) => pool[sample]?.embedding as number[])));
  const domains = (chosen: readonly number[]): number[] => [...new Set(chosen.map((i) => pool[i]?.domain as number))];
  let given: Readonly<Record<string, unknown>> = {};
  beforeAll(async () => {
    const target = join(folder, "target.jsonl");
    await writeFile(target, goal.map((row) => JSON.stringify(row)).join("\n"));
    given = { target, id_key: "id", clusters: 10 };
  });

  it("finds the two domains that the target is a mixture of", async () => {
    const { chosen, notes } = await selectWith(snpSampler, samples, given);
    const all = distance(pool.map((_, i) => i));
    expect(distance(chosen)).toBeLessThan(0.3 * all);
    expect(domains(chosen).sort()).toEqual([1, 3]);
    expect(chosen.length).toBe(480);
    expect(notes[0]).toMatch(/480 of 1200 samples; Frechet distance/);
  });

  it("keeps a budget of identities that is nearer to the target than a random one", async () => {
    const { chosen } = await selectWith(snpSampler, samples, { ...given, ids: 60 });
    expect(new Set(chosen.map((sample) => pool[sample]?.id)).size).toBe(60);
    expect(chosen.length).toBe(240);
    const random = Array.from(permutation(300, 5).subarray(0, 60)).flatMap((id) => [0, 1, 2, 3].map((i) => id * 4 + i));
    expect(distance(chosen)).toBeLessThan(0.4 * distance(random));
  });

  it("keeps one row of every identity found, then covers the rest", async () => {
    const { chosen } = await selectWith(snpSampler, samples, { ...given, ratio: 0.15 });
    expect(chosen.length).toBe(180);
    expect(new Set(chosen.map((sample) => pool[sample]?.id)).size).toBe(120);
    const few = await selectWith(snpSampler, samples, { ...given, count: 10 });
    expect([few.chosen.length, domains(few.chosen).sort()]).toEqual([10, [1, 3]]);
  });

  it("says when a budget is more than was found, and when embeddings do not fit", async () => {
    await expect(selectWith(snpSampler, samples, { ...given, ids: 121 })).rejects.toThrow("the search found 120");
    const target = join(folder, "narrow.jsonl");
    await writeFile(target, '{"embedding": [1, 2]}\n{"embedding": [1, 3]}\n');
    await expect(selectWith(snpSampler, samples, { ...given, target })).rejects.toThrow("have 2 numbers");
    await writeFile(target, '{"embedding": [1, 2]}\n{"embedding": [1]}\n');
    await expect(selectWith(snpSampler, samples, { ...given, target })).rejects.toThrow(/narrow\.jsonl:2: embedding/);
  });
});

describe("k_center", () => {
  const rows = [
    ...Array.from({ length: 40 }, (_, i) => ({ embedding: normals(2, 31, i).map((value) => 0.1 * value) })),
    { embedding: [9, 0] },
    { embedding: [0, 9] },
    { embedding: [-9, -9] },
  ];

  it("takes what lies apart", async () => {
    const { chosen } = await selectWith(kCenterSampler, sampleSet(rows), { count: 4 });
    expect(chosen).toEqual(expect.arrayContaining([40, 41, 42]));
  });

  it("covers better than a random choice does", async () => {
    const spread = Array.from({ length: 200 }, (_, i) => ({ embedding: normals(4, 32, i) }));
    const all = pointsOf(spread.map(({ embedding }) => embedding));
    const radius = (chosen: readonly number[]): number =>
      Math.max(
        ...spread.map((_, i) => Math.min(...chosen.map((centre) => Math.sqrt(squaredDistance(all, i, all, centre))))),
      );
    const { chosen } = await selectWith(kCenterSampler, sampleSet(spread), { ratio: 0.1 });
    const random = [...permutation(200, 6).subarray(0, 20)];
    expect(radius(chosen)).toBeLessThan(0.85 * radius(random));
  });

  it.each([
    [{}, /a\.jsonl:2: embedding.*wants an embedding/],
    [{ embedding: [1] }, /has 1 numbers, and the first row's has 2/],
    [{ embedding: [1, "x"] }, /wants an embedding/],
  ])("refuses %j", async (row, told) => {
    const given = sampleSet([{ embedding: [1, 2] }, row]);
    await expect(selectWith(kCenterSampler, given, { count: 1 })).rejects.toThrow(told);
  });
});

describe("cluster_balanced", () => {
  it("draws as much from small clusters as from large ones", async () => {
    const sizes = [90, 30, 12];
    const rows = sizes.flatMap((size, blob) =>
      Array.from({ length: size }, (_, i) => ({
        blob,
        embedding: normals(3, 41, blob, i).map((value, k) => value + (k === blob ? 30 : 0)),
      })),
    );
    const { chosen } = await selectWith(clusterBalancedSampler, sampleSet(rows), { clusters: 3, count: 60 });
    const takes = sizes.map((_, blob) => chosen.filter((sample) => rows[sample]?.blob === blob).length);
    expect(takes).toEqual([24, 24, 12]);
    expect(new Set(chosen).size).toBe(60);
  });
});
