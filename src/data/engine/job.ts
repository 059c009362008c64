/** What data processing is asked to do, what it tells on the way, and what it has done at the end. */
import type { Deduplicator, KeyTable } from "../operators/operator.ts";
import type { OperatorTools } from "../operators/tools.ts";
import type { FileFault } from "./block.ts";
import type { ChainPlan } from "./chain.ts";
import type { ToolsPlan } from "./create-tools.ts";
import type { Pool, PoolOptions } from "./pool.ts";
import type { Step } from "./steps.ts";

export const exportTypes = ["jsonl", "json", "parquet"] as const;

export type ExportType = (typeof exportTypes)[number];

export interface ProcessJob {
  /** In the order in which they are read. */
  readonly files: readonly string[];
  readonly steps: readonly Step[];
  readonly exportPath: string;
  readonly exportType: ExportType;
  /** Bytes of a shard, about; 0 writes one file. */
  readonly exportShardSize: number;
  /** Writes `__dj__stats__` and `__dj__meta__` into the rows. */
  readonly keepStats: boolean;
  readonly seed: number;
  /** The model that answers where an operator names none: another one gives another result. */
  readonly model?: string;
  /** Folder at which relative paths of the recipe start. */
  readonly base: string;
  readonly allowCode: boolean;
  /** Ends at the first bad row. */
  readonly strict: boolean;
  /** How many examples of each operator to note; 0 notes none. */
  readonly traceRows: number;
  /** Operators to be traced; all when empty. */
  readonly traceOperators: readonly string[];
}

/** Machines that work together, in place of threads of this one (data/ray/). */
export interface Cluster {
  readonly nodes: number;
  readonly cpus: number;
  readonly openPool: (setup: {
    readonly plan: ChainPlan;
    readonly tools: ToolsPlan;
    readonly options: PoolOptions;
  }) => Pool;
  /** What `originals` of a deduplicator finds. @throws E_DATA_WORKER, E_DATA_RAY */
  readonly joinBands: (keys: KeyTable, bands: NonNullable<Deduplicator["bands"]>) => Promise<Uint32Array>;
  readonly close: () => Promise<void>;
}

/** How the work is done; nothing here changes the result. */
export interface ProcessOptions {
  /** 0 works in this thread, where nothing can end an operator that hangs. */
  readonly workers: number;
  /** Ceiling of the process's memory, in bytes. */
  readonly maxMemory: number;
  /** Seconds that an operator may spend on one row. */
  readonly rowTimeout: number;
  /** Rows of a block that wait for a service at one time; the service has a limit of its own. */
  readonly concurrency: number;
  /** Works on blocks instead of threads here; operators that ask a service stay here. */
  readonly cluster?: Cluster;
  /** What operators that ask a service may use. */
  readonly services?: Pick<OperatorTools, "complete" | "embed" | "score">;
  /** Replaces the result of an earlier run; without it such a result is refused. */
  readonly overwrite?: boolean;
  readonly onProgress?: (progress: ProcessProgress) => void;
  readonly signal?: AbortSignal;
}

export interface ProcessProgress {
  readonly stage: number;
  readonly stages: number;
  /** Names of what runs in this stage. */
  readonly operators: readonly string[];
  /** Share of this stage's bytes that are done. */
  readonly share: number;
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly secondsLeft: number;
}

export interface ProcessReport {
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly rowsBad: number;
  /** Kinds of mistakes with their number, the most frequent first. */
  readonly reasons: readonly (readonly [string, number])[];
  readonly fileFaults: readonly FileFault[];
  readonly operators: readonly { readonly name: string; readonly rowsIn: number; readonly rowsOut: number }[];
  readonly seconds: number;
  /** Bytes of the input. */
  readonly bytes: number;
  readonly files: readonly string[];
  readonly statsFile?: string;
  readonly badFile?: string;
  readonly traceFolder?: string;
  /** Blocks that an earlier run had finished. */
  readonly resumed: boolean;
}
