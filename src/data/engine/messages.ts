/** What main thread and workers say to each other. */
import { isTunesmithError, TunesmithError, type ErrorDetails } from "../../base/errors.ts";
import type { ErrorCode } from "../../base/error-codes.ts";
import type { BlockResult } from "./block-result.ts";
import type { Block } from "./block.ts";
import type { ChainPlan, ProcessBlockOptions } from "./chain.ts";
import type { ToolsPlan } from "./create-tools.ts";

export interface WorkerStart {
  readonly plan: ChainPlan;
  readonly tools: ToolsPlan;
  /** Four 32-bit numbers: a counter of steps begun, then row, step and length of what is being worked on. */
  readonly heartbeat: SharedArrayBuffer;
}

export const HEARTBEAT_BYTES = 16;

export interface Request {
  readonly block: Block;
  readonly options: Pick<ProcessBlockOptions, "skip" | "order" | "probe">;
}

/** An error as it survives being sent. */
export type PackedError =
  | { readonly code: ErrorCode; readonly details: ErrorDetails }
  | { readonly message: string; readonly stack: string | undefined };

export type Reply = { readonly ready: true } | { readonly result: BlockResult } | { readonly error: PackedError };

export function packError(error: unknown): PackedError {
  if (isTunesmithError(error)) {
    const { code, what, where, fix } = error;
    return { code, details: { what, fix, ...(where === undefined ? {} : { where }) } };
  }
  return error instanceof Error
    ? { message: error.message, stack: error.stack }
    : { message: String(error), stack: undefined };
}

export function unpackError(packed: PackedError): Error {
  if ("code" in packed) return new TunesmithError(packed.code, packed.details);
  const error = new Error(packed.message);
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}
