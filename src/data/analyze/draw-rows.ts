/** A sample of so many rows of all files: first rows are counted, then drawn, each with the same chance. */
import { hashAddress } from "../../base/random.ts";
import type { Block } from "../engine/block.ts";

/** Where lines of a block begin and end, blank ones left out. */
function* linesIn({
  bytes,
}: Block): Generator<{ readonly start: number; readonly end: number; readonly number: number }> {
  let number = 0;
  for (let start = 0; start < bytes.length; number++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    if (end - start > 2 || (end - start === 2 && bytes[start] !== 0x0d)) yield { start, end, number };
    start = end;
  }
}

export function countRows(block: Block): number {
  return [...linesIn(block)].length;
}

export interface Draw {
  readonly seed: number;
  /** Rows that are wanted, and rows that there are. */
  readonly wanted: number;
  readonly total: number;
}

/**
 * Blocks with the drawn rows alone (selection sampling, Knuth 3.4.2 algorithm S). Whether a row is drawn depends on
 * the seed and on the rows before it in the files, never on who works on them. Faults of reading stay.
 */
export async function* drawRows(blocks: AsyncGenerator<Block>, { seed, wanted, total }: Draw): AsyncGenerator<Block> {
  let [at, drawn, index] = [0, 0, 0];
  let consumed = 0;
  try {
    for await (const block of blocks) {
      const parts: Uint8Array[] = [];
      const lines: number[] = [];
      for (const { start, end, number } of linesIn(block)) {
        const chance = hashAddress([seed, "sample", at]) / 2 ** 32;
        if (chance * (total - at++) >= wanted - drawn) continue;
        drawn++;
        parts.push(block.bytes.subarray(start, end));
        lines.push(block.lines?.[number] ?? block.firstLine + number);
      }
      consumed += block.consumed;
      if (parts.length === 0 && block.faults.length === 0) continue;
      yield { ...block, index: index++, bytes: Buffer.concat(parts), lines: Uint32Array.from(lines), consumed };
      consumed = 0;
    }
  } finally {
    await blocks.return(undefined);
  }
}
