/**
 * Data processing: files in, blocks through the chains of all stages, files out.
 *
 *     files -> blocks -> workers -> blocks in order -> [all keys known: choose rows ->] next stage ... -> export
 *
 * Memory does not grow with the number of rows, except for a few bytes per row that operators over all rows need.
 * Every few seconds what is finished is forced to disk and written down, so that a run that was killed goes on.
 */
import { mkdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail } from "../../base/errors.ts";
import type { OperatorTools } from "../operators/tools.ts";
import { decide, type Decision } from "./barrier.ts";
import type { Block } from "./block.ts";
import type { ChainPlan } from "./chain.ts";
import { createTools, type ToolsPlan } from "./create-tools.ts";
import { exportRows } from "./export.ts";
import type { ProcessJob, ProcessOptions, ProcessReport } from "./job.ts";
import { fingerprintOf, newJournal, readJournal, type Journal } from "./journal.ts";
import { createPool, createRemotePool, type Pool } from "./pool.ts";
import { probeOrder } from "./probe.ts";
import { createProgress } from "./progress.ts";
import { readBlocks } from "./read-blocks.ts";
import { readSpill, type Plan } from "./spill.ts";
import { createStageWriter, finalNames, type StageWriter } from "./stage-writer.ts";
import { stagesOf, type Stage, type Step } from "./steps.ts";

/** Part of the memory that the main thread is left, and what a worker needs beside its heap, in bytes. */
const MAIN_BYTES = 192 * 2 ** 20;
const WORKER_BYTES = 64 * 2 ** 20;
const LEAST_HEAP = 48;

/**
 * @throws E_DATA_FILE, E_DATA_OPERATOR, E_DATA_ENDPOINT, E_DATA_WORKER, E_DISK_FULL, E_FILE_WRITE; E_DATA_ROW when
 *   strict; E_DATA_EMPTY when no row could be read; AbortError
 */
export async function processData(job: ProcessJob, options: ProcessOptions): Promise<ProcessReport> {
  const started = performance.now();
  const work = workFolder(job.exportPath);
  await mkdir(dirname(job.exportPath), { recursive: true });
  const fingerprint = await fingerprintOf({ ...job, exportPath: basename(job.exportPath) }, job.files);
  const earlier = await readJournal(work, fingerprint);
  if (earlier === undefined) await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });

  const run: Run = { job, options, work, stages: stagesOf(job.steps), bytes: await sizeOf(job.files) };
  let journal = earlier ?? newJournal(fingerprint, job.steps.length);
  let decision = await decisionBefore(run, journal.stage);
  for (let stage = journal.stage; stage < run.stages.length; stage++) {
    journal = await runStage(run, journal, decision);
    const last = stage === run.stages.length - 1;
    if (journal.rowsRead > 0 && journal.rowsRead === journal.rowsBad) failAllBad(job, journal);
    if (last) break;
    decision = await decisionBefore(run, stage + 1);
    journal = await nextStage(run, journal, decision);
  }
  if (journal.rowsRead === 0 && journal.fileFaults.length === 0) {
    fail("E_DATA_EMPTY", { where: job.files.join(", "), what: "there are no rows." });
  }
  const exported = await exportRows(job, work, journal);
  await rm(work, { recursive: true, force: true });
  return {
    rowsRead: journal.rowsRead,
    rowsWritten: journal.rowsWritten,
    rowsBad: journal.rowsBad,
    reasons: [...journal.reasons].sort(([, a], [, b]) => b - a),
    fileFaults: journal.fileFaults,
    operators: job.steps.map(({ name }, i) => {
      const [rowsIn = 0, rowsOut = 0] = journal.counts[i] ?? [];
      return { name, rowsIn, rowsOut };
    }),
    seconds: (earlier?.seconds ?? 0) + (performance.now() - started) / 1000,
    bytes: run.bytes,
    ...exported,
    resumed: earlier !== undefined,
  };
}

interface Run {
  readonly job: ProcessJob;
  readonly options: ProcessOptions;
  readonly work: string;
  readonly stages: readonly Stage[];
  readonly bytes: number;
}

/** Beside the result, so that finished files are moved, not copied. */
export function workFolder(exportPath: string): string {
  return join(dirname(exportPath), `.${basename(exportPath)}.work`);
}

async function sizeOf(files: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) bytes += (await stat(file)).size;
  return bytes;
}

const toolsPlan = ({ seed, base, allowCode }: ProcessJob): ToolsPlan => ({ seed, base, allowCode });

const toolsOf = ({ job, options }: Run): OperatorTools => ({ ...createTools(toolsPlan(job)), ...options.services });

/** What the barrier at the end of the stage before chose. A stage without a barrier passes all its rows on. */
async function decisionBefore(run: Run, stage: number): Promise<Decision | undefined> {
  if (stage === 0) return undefined;
  const { barrier } = run.stages[stage - 1] as Stage;
  const { work: folder, job, options } = run;
  if (barrier !== undefined) {
    const { cluster } = options;
    return decide(barrier, { folder, stage: stage - 1, tools: toolsOf(run), traceRows: job.traceRows, cluster });
  }
  const { size } = await stat(join(folder, `stage-${stage - 1}.lengths`));
  const rows = Uint32Array.from({ length: size / 4 }, (_, i) => i);
  return { plan: { kind: "rows", rows }, rowsOut: rows.length, duplicates: [] };
}

/** Counts what the barrier did, and moves the journal to the next stage. */
async function nextStage(run: Run, journal: Journal, decision: Decision | undefined): Promise<Journal> {
  const { barrier } = run.stages[journal.stage] as Stage;
  const writer = await createStageWriter(run, journal, []);
  if (barrier !== undefined && decision !== undefined) await writer.noteBarrier(barrier, decision);
  const next = await writer.finish({ stage: journal.stage + 1 });
  // What the stage before that had written is no longer needed.
  for (const kind of ["rows", "lengths", "keys", "present", "values"]) {
    await rm(join(run.work, `stage-${journal.stage - 1}.${kind}`), { force: true });
  }
  return next;
}

async function runStage(run: Run, journal: Journal, decision: Decision | undefined): Promise<Journal> {
  const { job, options, stages, work } = run;
  const stage = stages[journal.stage] as Stage;
  const before = stages[journal.stage - 1]?.barrier;
  const batched = decision?.plan.kind === "batches" && before !== undefined;
  const input: ChainPlan["input"] = batched ? { batch: before } : journal.stage === 0 ? "rows" : "spilled";
  const plan: ChainPlan = {
    steps: stage.rowwise,
    ...(stage.barrier === undefined ? {} : { barrier: stage.barrier }),
    input,
    last: journal.stage === stages.length - 1,
    keepStats: job.keepStats,
    addSuffix: job.steps.some(({ name }) => name === "suffix_filter"),
    traceRows: job.traceRows,
  };
  const open = (onFileFault: StageWriter["noteFile"] = () => undefined): AsyncGenerator<Block> =>
    decision === undefined
      ? readBlocks(job.files, { maxRowBytes: maxRowBytes(options), onFileFault })
      : readSpill(work, journal.stage - 1, decision.plan);
  const order = await orderOf(run, journal, plan, open);
  const chain: ChainPlan = { ...plan, steps: order };
  const writer = await createStageWriter(run, journal, order);
  const pool = await openPool(run, stage, chain);
  const total = decision === undefined ? run.bytes : await spilledBytes(work, journal.stage - 1, decision.plan);
  const progress = createProgress(options, { stage: journal.stage, stages: stages.length, plan: chain, total });
  try {
    await flow(open(writer.noteFile), { pool, writer, progress, skip: journal.blocks, run });
    return await writer.finish();
  } catch (error) {
    // What is done is kept for the next try, unless the disk refuses that too.
    await writer.save().catch(() => undefined);
    throw error;
  } finally {
    await writer.close().catch(() => undefined);
    await pool.close();
  }
}

const maxRowBytes = ({ maxMemory }: ProcessOptions): number => Math.min(64 * 2 ** 20, Math.floor(maxMemory / 32));

async function spilledBytes(folder: string, stage: number, plan: Plan): Promise<number> {
  const { size } = await stat(join(folder, `stage-${stage}.rows`));
  const { size: lengths } = await stat(join(folder, `stage-${stage}.lengths`));
  const chosen = plan.kind === "rows" ? plan.rows.length : lengths / 4;
  return lengths === 0 ? 0 : (size * chosen) / (lengths / 4);
}

/** The order of an earlier run of this stage, or what a probe says. Traced operators keep that of the recipe. */
async function orderOf(
  run: Run,
  journal: Journal,
  plan: ChainPlan,
  open: () => AsyncGenerator<Block>,
): Promise<readonly Step[]> {
  const known = journal.orders[journal.stage];
  if (known !== undefined) return known.map((place) => plan.steps.find((step) => step.place === place) as Step);
  const fixed = run.job.traceRows > 0 || (run.stages[journal.stage] as Stage).remote;
  return fixed ? plan.steps : probeOrder(plan, open, toolsOf(run));
}

async function openPool(run: Run, stage: Stage, plan: ChainPlan): Promise<Pool> {
  const { options, job } = run;
  if (stage.remote) return createRemotePool(plan, toolsOf(run), options.concurrency);
  if (options.cluster !== undefined) {
    // One thread in each worker process; the ceiling of memory is that of each.
    const heapMegabytes = Math.max(LEAST_HEAP, Math.floor((options.maxMemory - MAIN_BYTES) / 2 ** 20));
    const setup = { workers: 1, heapMegabytes, rowTimeout: options.rowTimeout };
    return options.cluster.openPool({ plan, tools: toolsPlan(job), options: setup });
  }
  const workers = Math.max(1, options.workers);
  const heap = (options.maxMemory - MAIN_BYTES) / workers - WORKER_BYTES;
  const heapMegabytes = Math.max(LEAST_HEAP, Math.floor(heap / 2 ** 20));
  return createPool(plan, toolsPlan(job), { workers: options.workers, heapMegabytes, rowTimeout: options.rowTimeout });
}

interface Flow {
  readonly pool: Pool;
  readonly writer: StageWriter;
  readonly progress: { readonly add: (rows: number, bytes: number) => void };
  /** Blocks that are done already. */
  readonly skip: number;
  readonly run: Run;
}

/** Blocks to the pool and, in their order, to the writer; a few more under way than there are workers. */
async function flow(blocks: AsyncGenerator<Block>, { pool, writer, progress, skip, run }: Flow): Promise<void> {
  const under: { readonly block: Block; readonly result: ReturnType<Pool["process"]> }[] = [];
  const takeFirst = async (): Promise<void> => {
    const first = under.shift();
    if (first === undefined) return;
    const result = await first.result;
    if (run.job.strict) failStrict(result.bad[0]);
    await writer.write(result);
    progress.add(result.rowsIn, first.block.consumed);
  };
  try {
    for await (const block of blocks) {
      if (block.index < skip) {
        progress.add(0, block.consumed);
        continue;
      }
      run.options.signal?.throwIfAborted();
      const result = pool.process(block);
      // It is awaited in its turn; until then its failure is no unhandled one.
      result.catch(() => undefined);
      under.push({ block, result });
      if (under.length > pool.width + 1) await takeFirst();
    }
    while (under.length > 0) await takeFirst();
  } finally {
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

function failAllBad(job: ProcessJob, journal: Journal): never {
  const [reason, count] = [...journal.reasons].sort(([, a], [, b]) => b - a)[0] ?? ["", 0];
  return fail("E_DATA_EMPTY", {
    where: job.files.join(", "),
    what: `all ${journal.rowsRead} rows are bad: ${reason} (${count} rows).`,
    fix: `Look at ${join(workFolder(job.exportPath), finalNames.bad)}.`,
  });
}
