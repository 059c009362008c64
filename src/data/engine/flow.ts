/** Blocks through workers and back in their order: what processing and analysis have in common. */
import { stat } from "node:fs/promises";
import { fail } from "../../base/errors.ts";
import type { Block } from "./block.ts";
import type { BlockResult, ChainPlan } from "./chain.ts";
import { createTools, type ToolsPlan } from "./create-tools.ts";
import type { ProcessOptions } from "./job.ts";
import { createPool, createRemotePool, type Pool } from "./pool.ts";

/** Part of the memory that the main thread is left, and what a worker needs beside its heap, in bytes. */
const MAIN_BYTES = 192 * 2 ** 20;
const WORKER_BYTES = 64 * 2 ** 20;
const LEAST_HEAP = 48;

export async function sizeOfFiles(files: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) bytes += (await stat(file)).size;
  return bytes;
}

/** Bytes that a row may have under a ceiling of memory. */
export const maxRowBytes = (maxMemory: number): number => Math.min(64 * 2 ** 20, Math.floor(maxMemory / 32));

export interface OpenPoolOptions {
  /** Whether the chain asks a service: then it runs in the main thread. */
  readonly remote: boolean;
  readonly tools: ToolsPlan;
  readonly options: ProcessOptions;
}

export async function openPool(plan: ChainPlan, { remote, tools, options }: OpenPoolOptions): Promise<Pool> {
  const { workers, maxMemory, rowTimeout, concurrency, services } = options;
  if (remote) return createRemotePool(plan, { ...createTools(tools), ...services }, concurrency);
  const heap = (maxMemory - MAIN_BYTES) / Math.max(1, workers) - WORKER_BYTES;
  const heapMegabytes = Math.max(LEAST_HEAP, Math.floor(heap / 2 ** 20));
  return createPool(plan, tools, { workers, heapMegabytes, rowTimeout });
}

export interface Flow {
  readonly pool: Pool;
  /** Blocks that are done already: they are passed by. */
  readonly skip: number;
  /** Ends at the first bad row. */
  readonly strict: boolean;
  readonly signal: AbortSignal | undefined;
  /** Called with each block in turn; without a result where it was passed by. */
  readonly take: (result: BlockResult | undefined, block: Block) => Promise<void> | void;
}

/** A few more blocks are under way than there are workers. @throws E_DATA_ROW when strict; AbortError */
export async function flow(blocks: AsyncGenerator<Block>, { pool, skip, strict, signal, take }: Flow): Promise<void> {
  const under: { readonly block: Block; readonly result: ReturnType<Pool["process"]> }[] = [];
  const takeFirst = async (): Promise<void> => {
    const first = under.shift();
    if (first === undefined) return;
    const result = await first.result;
    if (strict) failStrict(result.bad[0]);
    await take(result, first.block);
  };
  try {
    for await (const block of blocks) {
      if (block.index < skip) {
        await take(undefined, block);
        continue;
      }
      signal?.throwIfAborted();
      const result = pool.process(block);
      // It is awaited in its turn; until then its failure is no unhandled one.
      result.catch(() => undefined);
      under.push({ block, result });
      if (under.length > pool.width + 1) await takeFirst();
    }
    while (under.length > 0) await takeFirst();
  } finally {
    // A worker that is closed in the middle of a block would leave its watch behind, which keeps the process alive.
    await Promise.allSettled(under.map(({ result }) => result));
    await blocks.return(undefined);
  }
}

function failStrict(bad: { readonly file: string; readonly line: number; readonly reason: string } | undefined): void {
  if (bad === undefined) return;
  fail("E_DATA_ROW", {
    where: `${bad.file}:${bad.line}`,
    what: `${bad.reason}.`,
    fix: "Correct the row, or leave out --strict.",
  });
}
