/**
 * A block: some rows of one file as JSON lines, about a megabyte, the unit of work that goes to a worker and comes
 * back. Blocks are cut by the bytes of the input alone, so that the result does not depend on who works on them.
 */

/** A line that holds no row, with the reason. */
export interface Fault {
  readonly line: number;
  readonly reason: string;
}

/** Places of a file whose bytes, one behind the other, are those of a block. */
export interface BlockSource {
  readonly file: string;
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

export interface Block {
  /** From 0, over all files. */
  readonly index: number;
  readonly file: string;
  /** Place of the file in the list of files, from 0. */
  readonly fileNumber: number;
  /** JSON values, each ended by a line end. */
  readonly bytes: Uint8Array;
  /** Line of the first value, where each line of the file is one value or blank. */
  readonly firstLine: number;
  /** Line (or row) numbers of the values, where they are not one to a line. */
  readonly lines?: Uint32Array;
  readonly faults: readonly Fault[];
  /** Bytes of the file that have been read since the block before, for progress. */
  readonly consumed: number;
  /** Where the bytes lie, when they lie somewhere as they are. */
  readonly source?: BlockSource;
}

/** A file that could not be read to its end. */
export interface FileFault {
  readonly file: string;
  readonly reason: string;
  /** What to do. */
  readonly fix: string;
}

export const BLOCK_BYTES = 1 << 20;
