/** One stage: its blocks to the workers and, in their order, to the work folder. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import type { OperatorTools } from "../operators/tools.ts";
import type { Block } from "./block.ts";
import type { ChainPlan } from "./chain.ts";
import type { ToolsPlan } from "./create-tools.ts";
import { flow, mainTools, openPool } from "./flow.ts";
import type { ProcessJob, ProcessOptions } from "./job.ts";
import type { Journal } from "./journal.ts";
import { shareMemory } from "./memory.ts";
import type { Pool } from "./pool.ts";
import { probeOrder } from "./probe.ts";
import { createProgress } from "./progress.ts";
import { readBlocks, type Position } from "./read-blocks.ts";
import { smallBlocks } from "./small-blocks.ts";
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

export const toolsOf = ({ job, options }: Run): OperatorTools => mainTools(toolsPlan(job), options);

/** `chosen`: what goes on of the stage before; undefined in the first stage, which reads the files. */
export async function runStage(run: Run, journal: Journal, chosen: Plan | undefined): Promise<Journal> {
  const { job, options, stages, work } = run;
  const plan = planOf(run, journal.stage, chosen);
  const total = chosen === undefined ? run.bytes : await spilledBytes(work, journal.stage - 1, chosen);
  const progress = createProgress(options, { stage: journal.stage, stages: stages.length, plan, total });
  const writer = createStageWriter(run, journal);
  let pool: Pool | undefined;
  try {
    const { remote } = stages[journal.stage] as Stage;
    pool = await openPool(plan, { remote, tools: toolsPlan(job), options });
    const fixed = job.traceRows > 0 || remote;
    const order = fixed
      ? undefined
      : (journal.orders[journal.stage] ?? (await orderOf(run, journal, plan, pool, chosen)));
    if (order !== undefined) writer.noteOrder(order);
    const blocks = openBlocks(run, journal, chosen, faultNoter(job, writer));
    await flow(blocks, {
      pool,
      request: order === undefined ? {} : { order },
      done: journal.blocks,
      strict: job.strict,
      options,
      take: async (result, block) => {
        if (result !== undefined) await writer.write(result, block);
        progress.add(result?.rowsIn ?? 0, block.consumed);
      },
    });
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
  { job, options, work, stages }: Run,
  { stage, position, blocks, maxRowBytes }: Pick<Journal, "stage" | "position" | "blocks" | "maxRowBytes">,
  chosen: Plan | undefined,
  onFileFault: StageWriter["noteFile"],
): AsyncGenerator<Block> {
  const { batchBytes, maxGroupBytes } = shareMemory(options.maxMemory, options.workers);
  const small = (stages[stage] as Stage).remote && chosen?.kind !== "batches";
  // Small blocks are counted anew, from the first: what is done of them is passed by.
  const open = (from: Position, done: number): AsyncGenerator<Block> =>
    chosen === undefined
      ? readBlocks(job.files, { maxRowBytes, maxGroupBytes, onFileFault, from })
      : readSpill(work, stage - 1, chosen, { batchBytes, from: done });
  return small ? smallBlocks(open({ file: 0, block: 0 }, 0)) : open(position, blocks);
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
