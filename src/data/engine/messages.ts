/** What main thread and workers say to each other. */
import type { PackedError } from "../../base/packed-error.ts";
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

export type Reply = { readonly ready: true } | { readonly result: BlockResult } | { readonly error: PackedError };
