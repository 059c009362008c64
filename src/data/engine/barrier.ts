/** What an operator that looks at all rows decides once their keys are known. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Deduplicator, Selector } from "../operators/operator.ts";
import type { OperatorTools } from "../operators/tools.ts";
import { readyBarrier } from "./chain.ts";
import type { Cluster } from "./job.ts";
import { groupRows, readValues } from "./read-values.ts";
import { openKeyTable, spillNames, type Plan } from "./spill.ts";
import type { Step } from "./steps.ts";

export interface Decision {
  readonly plan: Plan;
  /** Rows that go on: a batch is one. */
  readonly rowsOut: number;
  /** Pairs of a row that goes and the row it is a duplicate of; the first `traceRows`. */
  readonly duplicates: readonly (readonly [number, number])[];
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
    return { plan: { kind: "rows", rows }, rowsOut: rows.length, duplicates: [] };
  }
  const { size } = await stat(join(folder, spillNames(stage).lengths));
  const batches = await groupRows(path, size / 4);
  return { plan: { kind: "batches", batches }, rowsOut: batches.length, duplicates: [] };
}

function keepOriginals(originals: Uint32Array, traceRows: number): Decision {
  const duplicates: (readonly [number, number])[] = [];
  const rows: number[] = [];
  for (const [row, original] of originals.entries()) {
    if (original === row) rows.push(row);
    else if (duplicates.length < traceRows) duplicates.push([row, original]);
  }
  return { plan: { kind: "rows", rows: Uint32Array.from(rows) }, rowsOut: rows.length, duplicates };
}
