/** What becomes of a block: rows as bytes that are ready to be written, and what is to be noted of them. */
import type { BlockLook } from "../analyze/look-at-block.ts";
import type { TraceEntry } from "./trace.ts";

/** A row that is no row, or that an operator could not work on. */
export interface BadRow {
  readonly file: string;
  readonly line: number;
  readonly operator?: string;
  readonly reason: string;
  /** The row as it was read, when it could be parsed; else its text, or its bytes in base64. */
  readonly row?: unknown;
  readonly text?: string;
  readonly base64?: string;
}

export interface BlockResult {
  readonly index: number;
  /** Rows that came, good or bad. */
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly bytes: Uint8Array;
  /** Bytes of each line, line end included; for stages that are not the last. */
  readonly lengths: Uint32Array;
  /** Statistics and tags of each row as JSON lines; for the last stage. */
  readonly stats: Uint8Array;
  /** Whether any row has statistics or tags. */
  readonly measured: boolean;
  /** For a deduplicator: all keys, and for each row whether it has one. */
  readonly keys?: Uint8Array;
  readonly present?: Uint8Array;
  /** For a selector or grouper: the value of each row. */
  readonly values?: readonly unknown[];
  readonly bad: readonly BadRow[];
  /** Rows into and out of each step, in the order of the plan. */
  readonly counts: readonly (readonly [number, number])[];
  readonly traces: readonly TraceEntry[];
  /** In a run that only looks. */
  readonly look?: BlockLook;
}
