import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainTools } from "../operators/testing/ready.ts";
import { decide } from "./barrier.ts";
import type { Block } from "./block.ts";
import { shareMemory, LEAST_MEMORY, memoryFor } from "./memory.ts";
import { openKeyTable, readPlan, readSpill, spillNames, writePlan, type Plan } from "./spill.ts";
import { readValues } from "./read-values.ts";
import { stepsOf, type Entry } from "./testing/jobs.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spill-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function spill(stage: number, rows: readonly string[]): Promise<void> {
  const lines = rows.map((row) => Buffer.from(`${row}\n`));
  await writeFile(join(folder, spillNames(stage).rows), Buffer.concat(lines));
  const lengths = Uint32Array.from(lines, (line) => line.length);
  await writeFile(join(folder, spillNames(stage).lengths), Buffer.from(lengths.buffer));
}

async function blocksOf(stage: number, plan: Plan, from = 0, batchBytes = 1e9): Promise<readonly Block[]> {
  const blocks: Block[] = [];
  for await (const block of readSpill(folder, stage, plan, { batchBytes, from })) blocks.push(block);
  return blocks;
}

const textOf = (blocks: readonly Block[]): readonly string[] =>
  blocks.map(({ bytes }) => Buffer.from(bytes).toString().trimEnd());

describe("rows between stages", () => {
  it("come in any choice and order", async () => {
    const rows = Array.from({ length: 12 }, (_, i) => "ä".repeat(i));
    await spill(0, rows);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(11), { minLength: 1 }), async (chosen) => {
        const blocks = await blocksOf(0, { kind: "rows", rows: Uint32Array.from(chosen) });
        expect(blocks.map(({ bytes }) => Buffer.from(bytes).toString()).join("")).toBe(
          chosen.map((row) => `${rows[row]}\n`).join(""),
        );
      }),
      { numRuns: 40 },
    );
  });

  it("are cut into the same blocks when some are passed over", async () => {
    await spill(
      1,
      Array.from({ length: 9 }, (_, i) => `${i}`.repeat(400_000)),
    );
    const plan: Plan = { kind: "rows", rows: Uint32Array.from({ length: 9 }, (_, i) => i) };
    const all = await blocksOf(1, plan);
    expect(all.map(({ index }) => index)).toEqual([0, 1, 2]);
    const rest = await blocksOf(1, plan, 1);
    expect(rest.map(({ index }) => index)).toEqual([1, 2]);
    expect(rest.map(({ bytes }) => all.findIndex((block) => Buffer.compare(block.bytes, bytes) === 0))).toEqual([1, 2]);
  });

  it("of a batch are one block, and not more than memory allows", async () => {
    await spill(2, ["a", "b", "c"]);
    const plan: Plan = { kind: "batches", batches: [Uint32Array.of(2, 0), Uint32Array.of(1)] };
    expect(textOf(await blocksOf(2, plan))).toEqual(["c\na", "b"]);
    await expect(blocksOf(2, plan, 0, 3)).rejects.toThrow(/E_DATA_OPERATOR: a batch of 2 rows/);
  });
});

describe("plans", () => {
  it("are read as they were written", async () => {
    const rows = fc.array(fc.nat(0xffff_ffff), { maxLength: 20 }).map((list) => Uint32Array.from(list));
    const batches = fc.array(rows, { minLength: 1, maxLength: 5 });
    const plan = fc.oneof(
      rows.map((rows): Plan => ({ kind: "rows", rows })),
      batches.map((batches): Plan => ({ kind: "batches", batches })),
    );
    await fc.assert(
      fc.asyncProperty(plan, async (plan) => {
        await writePlan(folder, 3, plan);
        expect(await readPlan(folder, 3)).toEqual(plan);
      }),
      { numRuns: 40 },
    );
  });
});

describe("decisions", () => {
  const decideOn = async (entry: Entry, values: readonly unknown[]) => {
    const lines = values.map((value) => `${value === undefined ? "" : JSON.stringify(value)}\n`).join("");
    await writeFile(join(folder, spillNames(4).values), lines);
    await writeFile(join(folder, spillNames(4).lengths), new Uint8Array(4 * values.length));
    const [step] = stepsOf([entry]);
    if (step === undefined) throw new Error("no step");
    return decide(step, { folder, stage: 4, tools: plainTools, traceRows: 2 });
  };

  it("of selectors are in their order; rows without a value have none", async () => {
    const decision = await decideOn(["topk_specified_field_selector", { field_key: "x", topk: 2 }], [1, 3, 2, 0]);
    expect(decision.plan).toEqual({ kind: "rows", rows: Uint32Array.of(1, 2) });
    expect(decision.unselected).toEqual([0, 3]);
    await writeFile(join(folder, spillNames(5).values), '"a\\nb"\n\n1\n');
    expect(await readValues(join(folder, spillNames(5).values))).toEqual(["a\nb", undefined, 1]);
  });

  it("of groupers are batches in the order of their first rows", async () => {
    const decision = await decideOn(["key_value_grouper", { group_by_keys: ["x"] }], ["b", "a", "b"]);
    expect(decision.plan).toEqual({ kind: "batches", batches: [Uint32Array.of(0, 2), Uint32Array.of(1)] });
  });

  it("of deduplicators read keys column by column", async () => {
    const { keys, present } = spillNames(6);
    await writeFile(join(folder, present), Uint8Array.of(1, 0, 1));
    await writeFile(join(folder, keys), Uint8Array.of(1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8));
    const table = await openKeyTable(folder, 6, 4);
    expect([0, 1, 2].map(table.has)).toEqual([true, false, true]);
    expect([...table.column(1, 2)]).toEqual([2, 3, 0, 0, 6, 7]);
    table.close();
  });
});

describe("memory", () => {
  it("is shared out within the ceiling, with fewer workers where there is too little", () => {
    for (const megabytes of [LEAST_MEMORY / 2 ** 20, 512, 1024, 4096]) {
      for (const wanted of [1, 2, 4, 64]) {
        const { workers, heapMegabytes } = shareMemory(megabytes * 2 ** 20, wanted);
        expect(workers).toBeGreaterThan(0);
        expect(heapMegabytes).toBeGreaterThanOrEqual(64);
        expect(192 + workers * (heapMegabytes + 64)).toBeLessThanOrEqual(megabytes);
      }
    }
    expect(shareMemory(512 * 2 ** 20, 64).workers).toBe(2);
    expect(shareMemory(memoryFor(64), 64).workers).toBe(64);
  });
});
