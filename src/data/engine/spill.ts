/** Rows between two stages: on disk, with the length of each, so that any choice and order of them can be read. */
import { closeSync, openSync, readSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
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
  }) as const;

/** Which rows a barrier chose, in order: single rows, or batches of them. */
export type Plan =
  | { readonly kind: "rows"; readonly rows: Uint32Array }
  | { readonly kind: "batches"; readonly batches: readonly Uint32Array[] };

/** Where each row begins, and behind the last where the file ends. */
export async function readOffsets(folder: string, stage: number): Promise<Float64Array> {
  const bytes = await readFile(join(folder, spillNames(stage).lengths));
  const lengths = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const offsets = new Float64Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) offsets[i + 1] = (offsets[i] as number) + length;
  return offsets;
}

/** Chosen rows of a stage as blocks for the next. */
export async function* readSpill(folder: string, stage: number, plan: Plan): AsyncGenerator<Block> {
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
    return { index: index++, file: "", firstLine: 0, faults: [], consumed: gathered.bytes.length, ...gathered };
  };
  try {
    if (plan.kind === "batches") {
      for (const rows of plan.batches) yield await block(rows);
      return;
    }
    const { rows } = plan;
    for (let start = 0; start < rows.length;) {
      let end = start;
      for (let size = 0; end < rows.length && size < BLOCK_BYTES; end++) {
        const row = rows[end] as number;
        size += (offsets[row + 1] as number) - (offsets[row] as number);
      }
      yield await block(rows.subarray(start, end));
      start = end;
    }
  } finally {
    await file.close();
  }
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
