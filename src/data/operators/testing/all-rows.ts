/** For tests: operators that look at all rows, applied as the engine does it, with everything in memory. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { RawObject } from "../../shapes/shape.ts";
import type { DeduplicatorOperator, GrouperOperator, KeyTable, SelectorOperator } from "../operator.ts";
import { createSample, type Sample } from "../sample.ts";
import type { OperatorTools } from "../tools.ts";
import { plainTools, readyOf } from "./ready.ts";

type Given = Readonly<Record<string, unknown>>;

const root = fileURLToPath(new URL("../../../../", import.meta.url));

/** Finds files where golden rows have them: at the root of the repository. */
export const fixtureTools: OperatorTools = { ...plainTools, resolve: (path) => resolve(root, path) };

const samplesOf = (rows: readonly RawObject[]): readonly Sample[] =>
  rows.map((row, i) => createSample(row, `rows.jsonl:${i + 1}`));

/** A table of keys in memory. */
export function keyTable(keys: readonly (Uint8Array | undefined)[]): KeyTable {
  return {
    rows: keys.length,
    has: (row) => keys[row] !== undefined,
    column: (offset, width) => {
      const bytes = new Uint8Array(keys.length * width);
      for (const [row, key] of keys.entries()) {
        if (key !== undefined) bytes.set(key.subarray(offset, offset + width), row * width);
      }
      return bytes;
    },
  };
}

/** For each row the number of the first row that it is a duplicate of. */
export async function runDeduplicator(
  operator: DeduplicatorOperator,
  rows: readonly RawObject[],
  given: Given = {},
  tools: OperatorTools = fixtureTools,
): Promise<readonly number[]> {
  const { key, keyBytes, originals } = await readyOf(operator, given, tools);
  const keys: (Uint8Array | undefined)[] = [];
  for (const sample of samplesOf(rows)) {
    const found = await key(sample);
    if (found !== undefined && found.length !== keyBytes) throw new Error(`a key has ${found.length} bytes`);
    keys.push(found);
  }
  return [...originals(keyTable(keys))];
}

/** The rows that a deduplicator keeps. */
export async function keptRows(
  operator: DeduplicatorOperator,
  rows: readonly RawObject[],
  given: Given = {},
): Promise<readonly RawObject[]> {
  const originals = await runDeduplicator(operator, rows, given);
  return rows.filter((_, row) => originals[row] === row);
}

/** The rows that a selector keeps, in its order. */
export async function selectedRows(
  operator: SelectorOperator,
  rows: readonly RawObject[],
  given: Given = {},
): Promise<readonly RawObject[]> {
  const { key, select } = await readyOf(operator, given);
  return Array.from(select(samplesOf(rows).map(key)), (row) => rows[row] as RawObject);
}

/** The batches that a grouper makes. */
export async function groupedRows(
  operator: GrouperOperator,
  rows: readonly RawObject[],
  given: Given = {},
): Promise<readonly RawObject[]> {
  const { key, merge } = await readyOf(operator, given);
  const batches = new Map<string, RawObject[]>();
  for (const sample of samplesOf(rows)) {
    const name = key(sample);
    const batch = batches.get(name);
    if (batch === undefined) batches.set(name, [sample.row]);
    else batch.push(sample.row);
  }
  return [...batches.values()].map(merge);
}
