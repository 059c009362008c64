/**
 * One worker thread with one block at a time. A worker that stays on one row of one operator for too long (a regular
 * expression that backtracks for ever), or that a large row takes all memory of, is ended, the row is set aside, and
 * the block begun anew.
 */
import { Worker } from "node:worker_threads";
import { internal, TunesmithError } from "../../base/errors.ts";
import { megabytes } from "../../formats/row-reader.ts";
import type { BlockResult } from "./block-result.ts";
import type { Block } from "./block.ts";
import type { ChainPlan, ProcessBlockOptions } from "./chain.ts";
import type { ToolsPlan } from "./create-tools.ts";
import { unpackError } from "../../base/packed-error.ts";
import { HEARTBEAT_BYTES, type Reply, type Request, type WorkerStart } from "./messages.ts";

export interface LaneOptions {
  /** Heap of the worker, in MiB. */
  readonly heapMegabytes: number;
  /** Seconds that an operator may spend on one row. */
  readonly rowTimeout: number;
}

export type BlockRequest = Pick<ProcessBlockOptions, "order" | "probe">;

export interface Lane {
  /** @throws what is no fault of a row, E_DATA_WORKER */
  readonly process: (block: Block, request: BlockRequest) => Promise<BlockResult>;
  readonly close: () => Promise<void>;
}

interface Hand {
  readonly worker: Worker;
  readonly beat: Int32Array;
}

/** Why a worker was lost on a row. */
interface Loss {
  readonly lost: "time" | "memory" | "exit";
  readonly row: number;
  readonly step: number;
  /** Characters of the row. */
  readonly length: number;
}

const isLoss = (value: unknown): value is Loss => typeof value === "object" && value !== null && "lost" in value;

/** Rows that are longer may be what took the memory. */
const LARGE_ROW = 1 << 18;

export async function createLane(plan: ChainPlan, tools: ToolsPlan, options: LaneOptions): Promise<Lane> {
  let hand = await startWorker(plan, tools, options);
  let closed = false;
  return {
    process: async (block, request) => {
      const skip = new Map<number, { readonly operator: string; readonly reason: string }>();
      for (;;) {
        // Blocks that still wait when a run has ended are not begun: nobody would answer.
        if (closed) throw new Error("the worker has ended");
        try {
          return await workOn(hand, { block, options: { ...request, skip } }, options.rowTimeout);
        } catch (error) {
          if (!isLoss(error)) throw error;
          const operator = (plan.steps[error.step] ?? plan.barrier)?.name ?? "the reader of rows";
          const reason = reasonOf(error, options);
          if (reason === undefined || skip.has(error.row)) {
            closed = true;
            throw deathOf(error, operator, block);
          }
          skip.set(error.row, { operator, reason });
          hand = await startWorker(plan, tools, options);
          if (closed) await hand.worker.terminate();
        }
      }
    },
    close: async () => {
      closed = true;
      await hand.worker.terminate();
    },
  };
}

/** Why the row is set aside; undefined when it is not the row's fault. */
function reasonOf({ lost, length }: Loss, { rowTimeout, heapMegabytes }: LaneOptions): string | undefined {
  if (lost === "time") return `the operator did not end within ${rowTimeout} seconds`;
  const large = lost === "memory" && length >= LARGE_ROW;
  return large
    ? `the operator needs more memory for the row than a worker has (${megabytes(length)} of text, ${heapMegabytes} MB of memory)`
    : undefined;
}

function deathOf({ lost }: Loss, operator: string, { file, firstLine }: Block): TunesmithError {
  const where = file === "" ? operator : `${file}, from line ${firstLine} on: ${operator}`;
  if (lost === "memory") return new TunesmithError("E_DATA_WORKER", { where, what: "a worker ran out of memory." });
  if (lost === "exit") return new TunesmithError("E_DATA_WORKER", { where, what: "a worker ended by itself." });
  return new TunesmithError("E_DATA_WORKER", { where, what: "a worker hangs outside of any row." });
}

/** Workers are files of the built package: Node cannot run this source. */
function workerFile(): URL {
  if (import.meta.url.endsWith(".ts")) internal("workers need the built package; use np: 0 from the source");
  return new URL("./worker.js", import.meta.url);
}

function startWorker(plan: ChainPlan, tools: ToolsPlan, { heapMegabytes }: LaneOptions): Promise<Hand> {
  const heartbeat = new SharedArrayBuffer(HEARTBEAT_BYTES);
  const workerData: WorkerStart = { plan, tools, heartbeat };
  const worker = new Worker(workerFile(), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytes, maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
  });
  return new Promise((resolve, reject) => {
    worker.once("error", (error) => {
      const what = "a worker ran out of memory before the first row.";
      reject(isOutOfMemory(error) ? new TunesmithError("E_DATA_WORKER", { what, cause: error }) : error);
    });
    worker.once("message", (reply: Reply) => {
      worker.removeAllListeners("error");
      if ("error" in reply) {
        void worker.terminate();
        reject(unpackError(reply.error));
      } else resolve({ worker, beat: new Int32Array(heartbeat) });
    });
  });
}

const YOUNG_MEGABYTES = 16;

const isOutOfMemory = (error: Error): boolean =>
  (error as { readonly code?: string }).code === "ERR_WORKER_OUT_OF_MEMORY";

const WATCH_MILLISECONDS = 250;

function workOn({ worker, beat }: Hand, request: Request, rowTimeout: number): Promise<BlockResult> {
  return new Promise((resolve, reject) => {
    let seen = beat[0];
    let waited = 0;
    let looked = performance.now();
    const loss = (lost: Loss["lost"]): Loss => ({
      lost,
      row: beat[1] as number,
      step: beat[2] as number,
      length: beat[3] as number,
    });
    const watch = setInterval(() => {
      const now = performance.now();
      // Time in which this thread did not run (the machine slept) is no time that the operator had.
      waited = beat[0] === seen ? waited + Math.min(now - looked, 4 * WATCH_MILLISECONDS) : 0;
      [seen, looked] = [beat[0], now];
      if (waited <= rowTimeout * 1000) return;
      const hang = loss("time");
      finish(() => void worker.terminate().then(() => reject(hang)));
    }, WATCH_MILLISECONDS);
    const finish = (then: () => void): void => {
      clearInterval(watch);
      for (const event of ["message", "error", "exit"]) worker.removeAllListeners(event);
      // A worker that dies later is told of by the next block.
      worker.on("error", () => undefined);
      then();
    };
    worker.removeAllListeners("error");
    worker.on("error", (error) => finish(() => reject(isOutOfMemory(error) ? loss("memory") : error)));
    worker.on("exit", () => finish(() => reject(loss("exit"))));
    worker.on("message", (reply: Reply) => {
      if ("result" in reply) finish(() => resolve(reply.result));
      else if ("error" in reply) finish(() => reject(unpackError(reply.error)));
    });
    beat.fill(0, 1);
    // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
    worker.postMessage(request);
  });
}
