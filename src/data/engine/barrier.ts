/** What an operator that looks at all rows decides once their keys are known. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Deduplicator, Selector } from "../operators/operator.ts";
import type { OperatorTools } from "../operators/tools.ts";
import type { Cluster } from "./job.ts";
import { groupRows, readValues } from "./read-values.ts";
import { readyBarrier } from "./ready-steps.ts";
import { openKeyTable, spillNames, type Plan } from "./spill.ts";
import type { Step } from "./steps.ts";

export interface Decision {
  readonly plan: Plan;
  /** Rows that go on: a batch is one. */
  readonly rowsOut: number;
  /** Pairs of a row that goes and the row it is a duplicate of; the first `traceRows`. */
  readonly duplicates: readonly (readonly [number, number])[];
  /** Rows that a selector did not choose; the first `traceRows`. */
  readonly unselected: readonly number[];
}

export interface DecideOptions {
  readonly folder: string;
  readonly stage: number;
  readonly tools: OperatorTools;
  readonly traceRows: number;
  readonly cluster?: Cluster | undefined;
}

export async function decide(step: Step, options: DecideOptions): Promise<Decision> {
  const { folder, stage, tools, traceRows, cluster } = options;
  const { kind, ready } = await readyBarrier(step, tools);
  if (kind === "deduplicator") {
    const { originals, keyBytes, bands } = ready as Deduplicator;
    const keys = await openKeyTable(folder, stage, keyBytes);
    try {
      const shared = cluster !== undefined && bands !== undefined;
      return keepOriginals(shared ? await cluster.joinBands(keys, bands) : originals(keys), traceRows);
    } finally {
      keys.close();
    }
  }
  const path = join(folder, spillNames(stage).values);
  if (kind === "selector") {
    const values = await readValues(path);
    const rows = Uint32Array.from((ready as Selector).select(values));
    return { ...passing(rows), unselected: traceRows === 0 ? [] : firstMissing(rows, values.length, traceRows) };
  }
  const { size } = await stat(join(folder, spillNames(stage).lengths));
  const batches = await groupRows(path, size / 4);
  return { plan: { kind: "batches", batches }, rowsOut: batches.length, duplicates: [], unselected: [] };
}

/** These rows go on, and that is all. */
export function passing(rows: Uint32Array): Decision {
  return { plan: { kind: "rows", rows }, rowsOut: rows.length, duplicates: [], unselected: [] };
}

function keepOriginals(originals: Uint32Array, traceRows: number): Decision {
  const duplicates: (readonly [number, number])[] = [];
  for (let row = 0; row < originals.length && duplicates.length < traceRows; row++) {
    const original = originals[row] as number;
    if (original !== row) duplicates.push([row, original]);
  }
  return { ...passing(originals.filter((original, row) => original === row)), duplicates };
}

function firstMissing(rows: Uint32Array, count: number, most: number): readonly number[] {
  const chosen = new Uint8Array(count);
  for (const row of rows) chosen[row] = 1;
  const missing: number[] = [];
  for (let row = 0; row < count && missing.length < most; row++) if (chosen[row] === 0) missing.push(row);
  return missing;
}
