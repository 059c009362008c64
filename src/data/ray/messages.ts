/** What the driver and worker processes on the nodes of a cluster say to each other, packed into bodies of frames. */
import type { ChainPlan } from "../engine/chain.ts";
import type { ToolsPlan } from "../engine/create-tools.ts";
import type { PackedError } from "../../base/packed-error.ts";
import type { Pool, PoolOptions } from "../engine/pool.ts";
import type { CheckedSource } from "./source.ts";

/** Makes a worker process ready for a stage. */
export interface Setup {
  readonly plan: ChainPlan;
  readonly tools: ToolsPlan;
  readonly options: PoolOptions;
}

/** A block with all else that a pool is told of it. Its bytes are empty when there is a source. */
export interface BlockMessage {
  readonly given: Parameters<Pool["process"]>;
  readonly source?: CheckedSource;
}

export type BlockReply =
  | { readonly result: Awaited<ReturnType<Pool["process"]>> }
  | { readonly error: PackedError }
  /** The node does not see the file. */
  | { readonly unread: true };
