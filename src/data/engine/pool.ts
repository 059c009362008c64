/** Workers that share one chain, started when there are blocks for them, each with one at a time; or this thread. */
import type { OperatorTools } from "../operators/tools.ts";
import { createLanes } from "../services/lanes.ts";
import type { BlockResult } from "./block-result.ts";
import type { Block } from "./block.ts";
import { createChain, type Chain, type ChainPlan } from "./chain.ts";
import { createTools, type ToolsPlan } from "./create-tools.ts";
import { createLane, type BlockRequest, type Lane, type LaneOptions } from "./lane.ts";

export interface PoolOptions extends LaneOptions {
  /** 0 works in this thread: nothing can then end an operator that hangs. */
  readonly workers: number;
}

export interface Pool {
  /** How many blocks can be worked on at one time. */
  readonly width: number;
  /** @throws what is no fault of a row, E_DATA_WORKER */
  readonly process: (block: Block, request: BlockRequest) => Promise<BlockResult>;
  readonly close: () => Promise<void>;
}

export async function createPool(plan: ChainPlan, tools: ToolsPlan, options: PoolOptions): Promise<Pool> {
  if (options.workers === 0) return createLocalPool(await createChain(plan, createTools(tools)), 1, 1);
  const lanes: Promise<Lane>[] = [];
  const idle: Lane[] = [];
  const waiting: ((lane: Lane) => void)[] = [];
  const take = (): Promise<Lane> => {
    const lane = idle.pop();
    if (lane !== undefined) return Promise.resolve(lane);
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
    process: async (block, request) => {
      const lane = await take();
      try {
        return await lane.process(block, request);
      } finally {
        giveBack(lane);
      }
    },
    close: async () => {
      for (const lane of await Promise.allSettled(lanes)) if (lane.status === "fulfilled") await lane.value.close();
    },
  };
}

/** A chain in this thread: `width` blocks at a time, of each `concurrency` rows. */
function createLocalPool(chain: Chain, width: number, concurrency: number): Pool {
  const lanes = createLanes(width);
  return {
    width,
    process: (block, request) => lanes(() => chain.process(block, { ...request, concurrency })),
    close: () => Promise.resolve(),
  };
}

/**
 * For operators that wait for services. While the last rows of a block wait, those of the next are begun, and batches,
 * which are one row each, are begun together; how much is asked at one time the service limits itself.
 */
export async function createRemotePool(plan: ChainPlan, tools: OperatorTools, concurrency: number): Promise<Pool> {
  const width = typeof plan.input === "string" ? 2 : Math.max(2, concurrency);
  return createLocalPool(await createChain(plan, tools), width, concurrency);
}
