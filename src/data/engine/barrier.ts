/** What an operator that looks at all rows decides once their keys are known. */
import type { Deduplicator, Selector } from "../operators/operator.ts";
import type { OperatorTools } from "../operators/tools.ts";
import { readyBarrier } from "./ready-steps.ts";
import { openKeyTable, readValues, type Plan } from "./spill.ts";
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
}

export async function decide(step: Step, options: DecideOptions): Promise<Decision> {
  const { folder, stage, tools, traceRows } = options;
  const { kind, ready } = await readyBarrier(step, tools);
  if (kind === "deduplicator") {
    const { originals, keyBytes } = ready as Deduplicator;
    const keys = await openKeyTable(folder, stage, keyBytes);
    try {
      return keepOriginals(originals(keys), traceRows);
    } finally {
      keys.close();
    }
  }
  const values = await readValues(folder, stage);
  if (kind === "selector") {
    const rows = Uint32Array.from((ready as Selector).select(values));
    return { ...passing(rows), unselected: traceRows === 0 ? [] : firstMissing(rows, values.length, traceRows) };
  }
  return groupByKey(values as readonly string[]);
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

function groupByKey(keys: readonly string[]): Decision {
  const batches = new Map<string, number[]>();
  for (const [row, key] of keys.entries()) {
    const batch = batches.get(key);
    if (batch === undefined) batches.set(key, [row]);
    else batch.push(row);
  }
  const list = [...batches.values()].map((rows) => Uint32Array.from(rows));
  return { plan: { kind: "batches", batches: list }, rowsOut: list.length, duplicates: [], unselected: [] };
}
