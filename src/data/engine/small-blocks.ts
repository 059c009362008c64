/**
 * Blocks cut smaller, for operators that take seconds for a row: progress is seen, and a resume loses little. The cuts
 * depend on the bytes alone, as those of the blocks do.
 */
import type { Block } from "./block.ts";

const SMALL_BLOCK_BYTES = 1 << 16;

const NEWLINE = 0x0a;

/** The same rows in blocks of at least `size` bytes where there are so many, numbered anew. */
export async function* smallBlocks(
  blocks: AsyncIterable<Block>,
  size: number = SMALL_BLOCK_BYTES,
): AsyncGenerator<Block> {
  let index = 0;
  // Where the bytes of a whole block lie says nothing of its pieces.
  for await (const { source: _source, ...block } of blocks) {
    let rows = 0;
    for (const [bytes, count] of piecesOf(block.bytes, size)) {
      yield {
        ...block,
        index: index++,
        bytes,
        firstLine: block.firstLine + rows,
        ...(block.lines === undefined ? {} : { lines: block.lines.subarray(rows, rows + count) }),
        faults: rows === 0 ? block.faults : [],
        consumed: (block.consumed * bytes.length) / Math.max(1, block.bytes.length),
      };
      rows += count;
    }
  }
}

/** Whole lines, with their number; one piece without any when there are none. */
function* piecesOf(bytes: Uint8Array, size: number): Generator<readonly [bytes: Uint8Array, lines: number]> {
  let [start, lines] = [0, 0];
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, end + 1)) {
    lines++;
    if (end + 1 - start < size) continue;
    yield [bytes.subarray(start, end + 1), lines];
    [start, lines] = [end + 1, 0];
  }
  if (start < bytes.length || bytes.length === 0) yield [bytes.subarray(start), lines];
}
