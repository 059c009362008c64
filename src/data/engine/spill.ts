/** Rows between two stages: on disk, with the length of each, so that any choice and order of them can be read. */
import { closeSync, openSync, readSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import { writeFileAtomic } from "../../formats/atomic.ts";
import { megabytes } from "../../formats/row-reader.ts";
import type { KeyTable } from "../operators/operator.ts";
import { BLOCK_BYTES, type Block } from "./block.ts";

/** Names of the files of a stage. */
export const spillNames = (stage: number) =>
  ({
    rows: `stage-${stage}.rows`,
    lengths: `stage-${stage}.lengths`,
    keys: `stage-${stage}.keys`,
    present: `stage-${stage}.present`,
    values: `stage-${stage}.values`,
    plan: `stage-${stage}.plan`,
  }) as const;

/** Which rows a barrier chose, in order: single rows, or batches of them. */
export type Plan =
  | { readonly kind: "rows"; readonly rows: Uint32Array }
  | { readonly kind: "batches"; readonly batches: readonly Uint32Array[] };

/**
 * Writes a plan down, so that a run that goes on need not decide anew: the number of batches (0 for single rows), the
 * size of each, then all rows, as 32-bit numbers.
 */
export async function writePlan(folder: string, stage: number, plan: Plan): Promise<void> {
  const batches = plan.kind === "batches" ? plan.batches : [];
  const rows = plan.kind === "rows" ? [plan.rows] : plan.batches;
  const head = Uint32Array.of(batches.length);
  const sizes = Uint32Array.from(batches, (batch) => batch.length);
  const parts = [head, sizes, ...rows].map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
  await writeFileAtomic(join(folder, spillNames(stage).plan), Buffer.concat(parts));
}

export async function readPlan(folder: string, stage: number): Promise<Plan> {
  const numbers = await readNumbers(join(folder, spillNames(stage).plan));
  const count = numbers[0] ?? 0;
  if (count === 0) return { kind: "rows", rows: numbers.subarray(1) };
  const batches: Uint32Array[] = [];
  for (let i = 0, at = 1 + count; i < count; i++) {
    const size = numbers[1 + i] as number;
    batches.push(numbers.subarray(at, at + size));
    at += size;
  }
  return { kind: "batches", batches };
}

async function readNumbers(path: string): Promise<Uint32Array> {
  const bytes = await readFile(path);
  return bytes.byteOffset % 4 === 0
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    : new Uint32Array(Uint8Array.from(bytes).buffer);
}

/** Where each row begins, and behind the last where the file ends. */
export async function readOffsets(folder: string, stage: number): Promise<Float64Array> {
  const lengths = await readNumbers(join(folder, spillNames(stage).lengths));
  const offsets = new Float64Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) offsets[i + 1] = (offsets[i] as number) + length;
  return offsets;
}

export interface ReadSpillOptions {
  /** Rows of one batch may not be more bytes. */
  readonly batchBytes: number;
  /** Blocks before this one are done: they are passed over unread. */
  readonly from: number;
}

/** Chosen rows of a stage as blocks for the next. @throws E_DATA_OPERATOR for a batch that is too large */
export async function* readSpill(
  folder: string,
  stage: number,
  plan: Plan,
  { batchBytes, from }: ReadSpillOptions,
): AsyncGenerator<Block> {
  const offsets = await readOffsets(folder, stage);
  const path = join(folder, spillNames(stage).rows);
  const file = await open(path, "r");
  const read = async (start: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(end - start);
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) throw new Error(`${spillNames(stage).rows} is shorter than its index says`);
      done += bytesRead;
    }
    return bytes;
  };
  const gather = async (rows: Uint32Array): Promise<Pick<Block, "bytes" | "source">> => {
    const parts: Uint8Array[] = [];
    const ranges: (readonly [number, number])[] = [];
    // Neighbours are read at once.
    for (let i = 0; i < rows.length;) {
      let last = i;
      while (last + 1 < rows.length && rows[last + 1] === (rows[last] as number) + 1) last++;
      const [start, end] = [offsets[rows[i] as number] as number, offsets[(rows[last] as number) + 1] as number];
      parts.push(await read(start, end));
      ranges.push([start, end]);
      i = last + 1;
    }
    return { bytes: Buffer.concat(parts), source: { file: path, ranges } };
  };
  let index = 0;
  const block = async (rows: Uint32Array): Promise<Block> => {
    const gathered = await gather(rows);
    const { length } = gathered.bytes;
    return { index: index++, file: "", fileNumber: 0, firstLine: 0, faults: [], consumed: length, ...gathered };
  };
  const sizeOf = (row: number): number => (offsets[row + 1] as number) - (offsets[row] as number);
  try {
    if (plan.kind === "batches") {
      for (const rows of plan.batches) {
        const size = rows.reduce((sum, row) => sum + sizeOf(row), 0);
        if (size > batchBytes) failBatch(rows.length, size);
        if (index < from) index++;
        else yield await block(rows);
      }
      return;
    }
    const { rows } = plan;
    for (let start = 0; start < rows.length;) {
      let end = start;
      for (let size = 0; end < rows.length && size < BLOCK_BYTES; end++) {
        size += sizeOf(rows[end] as number);
      }
      if (index < from) index++;
      else yield await block(rows.subarray(start, end));
      start = end;
    }
  } finally {
    await file.close();
  }
}

function failBatch(rows: number, size: number): never {
  return fail("E_DATA_OPERATOR", {
    what: `a batch of ${rows} rows has ${megabytes(size)}, more than may be made one row of with this max_memory.`,
    fix: "Group by a key that makes smaller batches, or raise max_memory.",
  });
}

const CHUNK_ROWS = 1 << 14;

/** Keys of a stage's rows, read column by column. */
export async function openKeyTable(
  folder: string,
  stage: number,
  keyBytes: number,
): Promise<KeyTable & { readonly close: () => void }> {
  const present = await readFile(join(folder, spillNames(stage).present));
  const file = openSync(join(folder, spillNames(stage).keys), "r");
  return {
    rows: present.length,
    has: (row) => present[row] === 1,
    column: (offset, width) => {
      const column = new Uint8Array(present.length * width);
      const chunk = Buffer.alloc(CHUNK_ROWS * keyBytes);
      for (let start = 0; start < present.length; start += CHUNK_ROWS) {
        const rows = Math.min(CHUNK_ROWS, present.length - start);
        readSync(file, chunk, 0, rows * keyBytes, start * keyBytes);
        for (let row = 0; row < rows; row++) {
          const at = row * keyBytes + offset;
          column.set(chunk.subarray(at, at + width), (start + row) * width);
        }
      }
      return column;
    },
    close: () => closeSync(file),
  };
}
