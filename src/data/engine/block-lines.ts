/** Rows that are through a chain, as the bytes that are written: rows of the result, or rows for the next stage. */
import type { Deduplicator } from "../operators/operator.ts";
import { isObject, type RawObject } from "../shapes/shape.ts";
import type { BlockResult } from "./block-result.ts";
import { ownColumns, spillLine, type Item } from "./item.ts";
import type { ReadyBarrier } from "./ready-steps.ts";
import { rowText } from "./row-text.ts";

const STATS = "__dj__stats__";
const META = "__dj__meta__";

type Lines = Pick<BlockResult, "bytes" | "lengths" | "stats" | "measured">;

/** Rows as they are written; those that nothing changed keep the very text they had. */
export function finalLines(items: readonly Item[], keepStats: boolean): Lines {
  const rows: string[] = [];
  const stats: string[] = [];
  let measured = false;
  for (const item of items) {
    const { row, text, parsed, given } = item;
    const meta = metaOf(item);
    const known = meta !== undefined || hasAny(item.stats);
    measured ||= known;
    const about = { [STATS]: item.stats, ...(meta === undefined ? {} : { [META]: meta }) };
    stats.push(JSON.stringify(about));
    const kept = keepStats && known;
    const bare = row === parsed && given === undefined && !Object.hasOwn(row, META);
    if (bare && !kept) rows.push(text);
    else rows.push(rowText(kept ? { ...withoutMeta(item), ...about } : withoutMeta(item), text, parsed));
  }
  return { bytes: encode(rows), stats: encode(stats), lengths: new Uint32Array(), measured };
}

function hasAny(stats: Item["stats"]): boolean {
  for (const name in stats) if (stats[name] !== undefined) return true;
  return false;
}

/**
 * Tags of a row, and where it comes from when an operator changed it. A batch has a list of tags, one for each of its
 * rows, which has no place for where the batch comes from.
 */
function metaOf({ row, operators, parents }: Item): RawObject | readonly unknown[] | undefined {
  const tags = row[META];
  if (Array.isArray(tags)) return tags as readonly unknown[];
  const lineage = operators.length === 0 ? {} : { lineage: { parents, operators } };
  return isObject(tags) || operators.length > 0 ? { ...(isObject(tags) ? tags : {}), ...lineage } : undefined;
}

function withoutMeta(item: Item): RawObject {
  const own = ownColumns(item);
  if (!Object.hasOwn(own, META)) return own;
  const { [META]: _meta, ...rest } = own;
  return rest;
}

export function spilledLines(items: readonly Item[]): Lines {
  const lines = items.map((item) => Buffer.from(`${spillLine(item)}\n`));
  return {
    bytes: Buffer.concat(lines),
    lengths: Uint32Array.from(lines, (line) => line.length),
    stats: new Uint8Array(),
    measured: false,
  };
}

const encode = (lines: readonly string[]): Uint8Array =>
  lines.length === 0 ? new Uint8Array() : Buffer.from(`${lines.join("\n")}\n`);

export function packKeys(
  values: readonly unknown[],
  barrier: ReadyBarrier,
): Pick<BlockResult, "keys" | "present" | "values"> {
  if (barrier.kind !== "deduplicator") return { values };
  const { keyBytes } = barrier.ready as Deduplicator;
  const keys = new Uint8Array(values.length * keyBytes);
  const present = new Uint8Array(values.length);
  for (const [i, key] of (values as readonly (Uint8Array | undefined)[]).entries()) {
    if (key === undefined) continue;
    keys.set(key, i * keyBytes);
    present[i] = 1;
  }
  return { keys, present };
}
