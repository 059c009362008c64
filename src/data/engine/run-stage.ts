/** One stage: its blocks to the workers and, in their order, to the work folder. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import type { OperatorTools } from "../operators/tools.ts";
import type { BlockResult } from "./block-result.ts";
import type { Block } from "./block.ts";
import type { ChainPlan } from "./chain.ts";
import { createTools, type ToolsPlan } from "./create-tools.ts";
import type { ProcessJob, ProcessOptions } from "./job.ts";
import type { Journal } from "./journal.ts";
import { shareMemory } from "./memory.ts";
import { createPool, createRemotePool, type Pool } from "./pool.ts";
import { probeOrder } from "./probe.ts";
import { createProgress } from "./progress.ts";
import { readBlocks } from "./read-blocks.ts";
import { readSpill, spillNames, type Plan } from "./spill.ts";
import { createStageWriter, type StageWriter } from "./stage-writer.ts";
import type { Stage } from "./steps.ts";

export interface Run {
  readonly job: ProcessJob;
  readonly options: ProcessOptions;
  readonly work: string;
  readonly stages: readonly Stage[];
  /** Of all files that are read. */
  readonly bytes: number;
}

const toolsPlan = ({ seed, base, allowCode }: ProcessJob): ToolsPlan => ({ seed, base, allowCode });

export const toolsOf = ({ job, options }: Run): OperatorTools => ({
  ...createTools(toolsPlan(job)),
  ...options.services,
});

/** `chosen`: what goes on of the stage before; undefined in the first stage, which reads the files. */
export async function runStage(run: Run, journal: Journal, chosen: Plan | undefined): Promise<Journal> {
  const { job, options, stages, work } = run;
  const plan = planOf(run, journal.stage, chosen);
  const total = chosen === undefined ? run.bytes : await spilledBytes(work, journal.stage - 1, chosen);
  const progress = createProgress(options, { stage: journal.stage, stages: stages.length, plan, total });
  const writer = createStageWriter(run, journal);
  let pool: Pool | undefined;
  try {
    pool = await openPool(run, stages[journal.stage] as Stage, plan);
    const fixed = job.traceRows > 0 || (stages[journal.stage] as Stage).remote;
    const order = fixed
      ? undefined
      : (journal.orders[journal.stage] ?? (await orderOf(run, journal, plan, pool, chosen)));
    if (order !== undefined) writer.noteOrder(order);
    const blocks = openBlocks(run, journal, chosen, faultNoter(job, writer));
    await flow(blocks, { pool, writer, progress, journal, run, order });
    return await writer.finish();
  } catch (error) {
    // What is done is kept for the next try, unless the disk refuses that too.
    await writer.save().catch(() => undefined);
    throw error;
  } finally {
    await writer.close().catch(() => undefined);
    await pool?.close();
  }
}

function planOf({ job, stages }: Run, number: number, chosen: Plan | undefined): ChainPlan {
  const { rowwise, barrier } = stages[number] as Stage;
  const before = stages[number - 1]?.barrier;
  const batched = chosen?.kind === "batches" && before !== undefined;
  return {
    steps: rowwise,
    ...(barrier === undefined ? {} : { barrier }),
    input: batched ? { batch: before } : number === 0 ? "rows" : "spilled",
    last: number === stages.length - 1,
    keepStats: job.keepStats,
    addSuffix: job.steps.some(({ name }) => name === "suffix_filter"),
    traceRows: job.traceRows,
  };
}

function faultNoter({ strict }: ProcessJob, writer: StageWriter): StageWriter["noteFile"] {
  return (fault) => {
    if (strict) fail("E_DATA_FILE", { where: fault.file, what: fault.reason, fix: fault.fix });
    writer.noteFile(fault);
  };
}

function openBlocks(
  { job, options, work }: Run,
  { stage, position, blocks, maxRowBytes }: Pick<Journal, "stage" | "position" | "blocks" | "maxRowBytes">,
  chosen: Plan | undefined,
  onFileFault: StageWriter["noteFile"],
): AsyncGenerator<Block> {
  const { batchBytes, maxGroupBytes } = shareMemory(options.maxMemory, options.workers);
  if (chosen === undefined) {
    return readBlocks(job.files, { maxRowBytes, maxGroupBytes, onFileFault, from: position });
  }
  return readSpill(work, stage - 1, chosen, { batchBytes, from: blocks });
}

async function spilledBytes(folder: string, stage: number, plan: Plan): Promise<number> {
  const { size } = await stat(join(folder, spillNames(stage).rows));
  const { size: lengths } = await stat(join(folder, spillNames(stage).lengths));
  const chosen = plan.kind === "rows" ? plan.rows.length : lengths / 4;
  return lengths === 0 ? 0 : (size * chosen) / (lengths / 4);
}

/** What a probe of the first block says. */
async function orderOf(
  run: Run,
  journal: Journal,
  plan: ChainPlan,
  pool: Pool,
  chosen: Plan | undefined,
): Promise<readonly number[]> {
  const start = { ...journal, position: { file: 0, block: 0 }, blocks: 0 };
  const blocks = openBlocks(run, start, chosen, () => undefined);
  const first = await blocks.next();
  await blocks.return(undefined);
  return probeOrder(plan, first.done === true ? undefined : first.value, pool);
}

async function openPool(run: Run, { remote }: Stage, plan: ChainPlan): Promise<Pool> {
  const { options, job } = run;
  if (remote) return createRemotePool(plan, toolsOf(run), options.concurrency);
  const { workers, heapMegabytes } = shareMemory(options.maxMemory, options.workers);
  return createPool(plan, toolsPlan(job), { workers, heapMegabytes, rowTimeout: options.rowTimeout });
}

interface Flow {
  readonly pool: Pool;
  readonly writer: StageWriter;
  readonly progress: { readonly add: (rows: number, bytes: number) => void };
  readonly journal: Journal;
  readonly run: Run;
  readonly order: readonly number[] | undefined;
}

/** Blocks to the pool and, in their order, to the writer; a few more under way than there are workers. */
async function flow(
  blocks: AsyncGenerator<Block>,
  { pool, writer, progress, journal, run, order }: Flow,
): Promise<void> {
  const { options, job } = run;
  const { flowBytes } = shareMemory(options.maxMemory, options.workers);
  const under: { readonly block: Block; readonly result: Promise<BlockResult> }[] = [];
  let bytes = 0;
  const isFull = (): boolean => under.length > pool.width + 1 || (under.length > 1 && bytes > flowBytes);
  const takeFirst = async (): Promise<void> => {
    const first = under.shift();
    if (first === undefined) return;
    const result = await unlessAborted(first.result, options.signal);
    bytes -= first.block.bytes.length;
    if (job.strict) failStrict(result.bad[0]);
    await writer.write(result, first.block);
    progress.add(result.rowsIn, first.block.consumed);
  };
  try {
    for await (const block of blocks) {
      if (block.index < journal.blocks) {
        progress.add(0, block.consumed);
        continue;
      }
      options.signal?.throwIfAborted();
      const result = pool.process(block, order === undefined ? {} : { order });
      // It is awaited in its turn; until then its failure is no unhandled one.
      result.catch(() => undefined);
      under.push({ block, result });
      bytes += block.bytes.length;
      while (isFull()) await takeFirst();
    }
    while (under.length > 0) await takeFirst();
  } finally {
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
