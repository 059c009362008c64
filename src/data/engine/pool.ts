/**
 * Workers that share one chain, started when there are blocks for them. Each has one block at a time. A worker that stays on one row of one operator for too
 * long (a regular expression that backtracks for ever) is ended, the row is set aside, and the block begun anew.
 */
import { Worker } from "node:worker_threads";
import { fail, internal } from "../../base/errors.ts";
import type { OperatorTools } from "../operators/tools.ts";
import type { Block } from "./block.ts";
import { createChain, type BlockResult, type Chain, type ChainPlan } from "./chain.ts";
import { createTools, type ToolsPlan } from "./create-tools.ts";
import { unpackError, type Reply, type WorkerStart } from "./messages.ts";

export interface PoolOptions {
  /** 0 works in this thread: nothing can then end an operator that hangs. */
  readonly workers: number;
  /** Heap of each worker, in MiB. */
  readonly heapMegabytes: number;
  /** Seconds that an operator may spend on one row. */
  readonly rowTimeout: number;
}

export interface Pool {
  /** How many blocks can be worked on at one time. */
  readonly width: number;
  /** @throws what is no fault of a row, E_DATA_WORKER */
  readonly process: (block: Block) => Promise<BlockResult>;
  readonly close: () => Promise<void>;
}

export async function createPool(plan: ChainPlan, tools: ToolsPlan, options: PoolOptions): Promise<Pool> {
  if (options.workers === 0) return createLocalPool(await createChain(plan, createTools(tools)), 1);
  const lanes: Lane[] = [];
  const idle: Lane[] = [];
  const waiting: ((lane: Lane) => void)[] = [];
  const take = (): Promise<Lane> | Lane => {
    const lane = idle.pop();
    if (lane !== undefined) return lane;
    if (lanes.length === options.workers) return new Promise((resolve) => waiting.push(resolve));
    const started = createLane(plan, tools, options);
    lanes.push(started);
    return started;
  };
  const giveBack = (lane: Lane): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(lane);
    else next(lane);
  };
  return {
    width: options.workers,
    process: async (block) => {
      const lane = await take();
      try {
        return await lane.process(block);
      } finally {
        giveBack(lane);
      }
    },
    close: async () => {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

/** A chain in this thread: for operators that wait for services, `concurrency` rows at a time. */
export function createLocalPool(chain: Chain, concurrency: number): Pool {
  let last: Promise<unknown> = Promise.resolve();
  return {
    width: 1,
    process: (block) => {
      const result = last.then(() => chain.process(block, { concurrency }));
      last = result.catch(() => undefined);
      return result;
    },
    close: () => Promise.resolve(),
  };
}

export async function createRemotePool(plan: ChainPlan, tools: OperatorTools, concurrency: number): Promise<Pool> {
  return createLocalPool(await createChain(plan, tools), concurrency);
}

interface Lane {
  readonly process: (block: Block) => Promise<BlockResult>;
  readonly close: () => Promise<void>;
}

interface Hand {
  readonly worker: Worker;
  readonly beat: Int32Array;
}

/** Thrown inside of a lane only: the worker was ended because of one row. */
interface Hang {
  readonly row: number;
  readonly step: number;
}

const isHang = (value: unknown): value is Hang => typeof value === "object" && value !== null && "step" in value;

function createLane(plan: ChainPlan, tools: ToolsPlan, options: PoolOptions): Lane {
  let starting = startWorker(plan, tools, options);
  // A failure to start is told to the block that waits for it.
  starting.catch(() => undefined);
  return {
    process: async (block) => {
      const skip = new Map<number, { readonly operator: string; readonly reason: string }>();
      for (;;) {
        try {
          return await workOn(await starting, block, skip, options.rowTimeout);
        } catch (error) {
          if (!isHang(error)) throw error;
          const operator = (plan.steps[error.step] ?? plan.barrier)?.name ?? "the reader of rows";
          if (skip.has(error.row)) fail("E_DATA_WORKER", { what: `${operator} hangs outside of any row.` });
          const reason = `the operator did not end within ${options.rowTimeout} seconds`;
          skip.set(error.row, { operator, reason });
          starting = startWorker(plan, tools, options);
        }
      }
    },
    close: async () => {
      const hand = await starting.catch(() => undefined);
      await hand?.worker.terminate();
    },
  };
}

/** Workers are files of the built package: Node cannot run this source. */
function workerFile(): URL {
  if (import.meta.url.endsWith(".ts")) internal("workers need the built package; use np: 0 from the source");
  return new URL("./worker.js", import.meta.url);
}

function startWorker(plan: ChainPlan, tools: ToolsPlan, { heapMegabytes }: PoolOptions): Promise<Hand> {
  const heartbeat = new SharedArrayBuffer(12);
  const workerData: WorkerStart = { plan, tools, heartbeat };
  const worker = new Worker(workerFile(), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: 16 },
  });
  return new Promise((resolve, reject) => {
    worker.once("error", (error) => reject(deathOf(error)));
    worker.once("message", (reply: Reply) => {
      worker.removeAllListeners("error");
      if ("error" in reply) {
        void worker.terminate();
        reject(unpackError(reply.error));
      } else resolve({ worker, beat: new Int32Array(heartbeat) });
    });
  });
}

function deathOf(error: Error): unknown {
  if ((error as { readonly code?: string }).code !== "ERR_WORKER_OUT_OF_MEMORY") return error;
  try {
    return fail("E_DATA_WORKER", { what: "a worker ran out of its share of max_memory.", cause: error });
  } catch (told) {
    return told;
  }
}

const WATCH_MILLISECONDS = 250;

function workOn(
  { worker, beat }: Hand,
  block: Block,
  skip: ReadonlyMap<number, { readonly operator: string; readonly reason: string }>,
  rowTimeout: number,
): Promise<BlockResult> {
  return new Promise((resolve, reject) => {
    let seen = beat[0];
    let since = Date.now();
    const watch = setInterval(() => {
      if (beat[0] !== seen) [seen, since] = [beat[0], Date.now()];
      else if (Date.now() - since > rowTimeout * 1000) {
        const hang: Hang = { row: beat[1] as number, step: beat[2] as number };
        finish(() => void worker.terminate().then(() => reject(hang)));
      }
    }, WATCH_MILLISECONDS);
    const finish = (then: () => void): void => {
      clearInterval(watch);
      worker.removeAllListeners("message");
      worker.removeAllListeners("error");
      then();
    };
    worker.on("error", (error) => finish(() => reject(deathOf(error))));
    worker.on("message", (reply: Reply) => {
      if ("result" in reply) finish(() => resolve(reply.result));
      else if ("error" in reply) finish(() => reject(unpackError(reply.error)));
    });
    beat[1] = 0;
    beat[2] = 0;
    // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
    worker.postMessage({ block, skip });
  });
}
