/** Blocks through workers and back in their order: what processing and analysis have in common. */
import { fail } from "../../base/errors.ts";
import type { OperatorTools } from "../operators/tools.ts";
import type { BlockResult } from "./block-result.ts";
import type { Block } from "./block.ts";
import type { ChainPlan } from "./chain.ts";
import { createTools, type ToolsPlan } from "./create-tools.ts";
import type { ProcessOptions } from "./job.ts";
import type { BlockRequest } from "./lane.ts";
import { shareMemory } from "./memory.ts";
import { createPool, createRemotePool, type Pool } from "./pool.ts";

export interface OpenPoolOptions {
  /** Whether the chain asks a service: then it runs in the main thread. */
  readonly remote: boolean;
  readonly tools: ToolsPlan;
  readonly options: ProcessOptions;
}

/** Tools of the main thread: those that a plan makes, and what asks services. */
export const mainTools = (plan: ToolsPlan, { services }: ProcessOptions): OperatorTools => ({
  ...createTools(plan),
  ...services,
});

export async function openPool(plan: ChainPlan, { remote, tools, options }: OpenPoolOptions): Promise<Pool> {
  if (remote) return createRemotePool(plan, mainTools(tools, options), options.concurrency);
  const { cluster, maxMemory, rowTimeout } = options;
  // On a cluster there is one thread in each worker process; the ceiling of memory is that of each.
  const { workers, heapMegabytes } = shareMemory(maxMemory, cluster === undefined ? options.workers : 1);
  const setup = { workers, heapMegabytes, rowTimeout };
  return cluster === undefined ? createPool(plan, tools, setup) : cluster.openPool({ plan, tools, options: setup });
}

export interface Flow {
  readonly pool: Pool;
  readonly request: BlockRequest;
  /** Blocks that are done already: they are passed by. */
  readonly done: number;
  /** Ends at the first bad row. */
  readonly strict: boolean;
  readonly options: ProcessOptions;
  /** Called with each block in turn; without a result where it was passed by. */
  readonly take: (result: BlockResult | undefined, block: Block) => Promise<void> | void;
}

/** A few more blocks are under way than there are workers. @throws E_DATA_ROW when strict; AbortError */
export async function flow(blocks: AsyncGenerator<Block>, plan: Flow): Promise<void> {
  const { pool, request, done, strict, options, take } = plan;
  const { flowBytes } = shareMemory(options.maxMemory, options.workers);
  const under: { readonly block: Block; readonly result: Promise<BlockResult> }[] = [];
  let bytes = 0;
  const isFull = (): boolean => under.length > pool.width + 1 || (under.length > 1 && bytes > flowBytes);
  const takeFirst = async (): Promise<void> => {
    const first = under.shift();
    if (first === undefined) return;
    const result = await unlessAborted(first.result, options.signal);
    bytes -= first.block.bytes.length;
    if (strict) failStrict(result.bad[0]);
    await take(result, first.block);
  };
  try {
    for await (const block of blocks) {
      if (block.index < done) {
        await take(undefined, block);
        continue;
      }
      options.signal?.throwIfAborted();
      const result = pool.process(block, request);
      // It is awaited in its turn; until then its failure is no unhandled one.
      result.catch(() => undefined);
      under.push({ block, result });
      bytes += block.bytes.length;
      while (isFull()) await takeFirst();
    }
    while (under.length > 0) await takeFirst();
  } finally {
    // A worker that is closed in the middle of a block would leave its watch behind, which keeps the process alive.
    await Promise.allSettled(under.map(({ result }) => result));
    await blocks.return(undefined);
  }
}

/** What a promise gives, or the signal's reason when that comes first. Nothing is left behind at the signal. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function failStrict(bad: { readonly file: string; readonly line: number; readonly reason: string } | undefined): void {
  if (bad === undefined) return;
  fail("E_DATA_ROW", {
    where: `${bad.file}:${bad.line}`,
    what: `${bad.reason}.`,
    fix: "Correct the row, or leave out --strict.",
  });
}
