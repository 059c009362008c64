/**
 * Data processing: files in, blocks through the chains of all stages, files out.
 *
 *     files -> blocks -> workers -> blocks in order -> [all keys known: choose rows ->] next stage ... -> export
 *
 * Memory does not grow with the number of rows, except for a few bytes per row that operators over all rows need.
 * Every few seconds what is finished is forced to disk and written down, so that a run that was killed goes on.
 */
import { readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail } from "../../base/errors.ts";
import { makeFolder } from "../../formats/make-folder.ts";
import { takeLock } from "../../formats/lock.ts";
import { decide, passing, type Decision } from "./barrier.ts";
import { exportRows, namesBeside } from "./export.ts";
import type { ProcessJob, ProcessOptions, ProcessReport } from "./job.ts";
import { fingerprintOf, newJournal, readJournal, type Journal } from "./journal.ts";
import { shareMemory } from "./memory.ts";
import { checkPaths, checkResults } from "./paths.ts";
import { sizeOfFiles } from "./read-blocks.ts";
import { tryOperators } from "./ready-steps.ts";
import { runStage, toolsOf, type Run } from "./run-stage.ts";
import { readPlan, spillNames, writePlan } from "./spill.ts";
import { createStageWriter, finalNames } from "./stage-writer.ts";
import { stagesOf, type Stage } from "./steps.ts";

const LOCK_NAME = "lock";

/**
 * @throws E_DATA_FILE, E_DATA_OPERATOR, E_DATA_ENDPOINT, E_DATA_WORKER, E_OUTPUT_*, E_DISK_FULL, E_FILE_WRITE;
 *   E_DATA_ROW when strict; E_DATA_EMPTY when no row could be read; AbortError
 */
export async function processData(job: ProcessJob, options: ProcessOptions): Promise<ProcessReport> {
  await checkPaths(job);
  const work = workFolder(job.exportPath);
  await makeFolder(work);
  const unlock = await takeLock(join(work, LOCK_NAME), job.exportPath);
  try {
    return await processIn(work, job, options);
  } finally {
    await unlock();
    // A run that was refused leaves nothing behind; one with something in it is what a later one goes on from.
    await rmdir(work).catch(() => undefined);
  }
}

async function processIn(work: string, job: ProcessJob, options: ProcessOptions): Promise<ProcessReport> {
  const started = performance.now();
  const fingerprint = await fingerprintOf({ ...job, exportPath: basename(job.exportPath) }, job.files);
  const earlier = await readJournal(work, fingerprint);
  // A run that was killed while it put its files into place goes on: they are its own.
  if (earlier?.moves === undefined) await checkResults(job, options.overwrite);
  if (earlier === undefined) await empty(work);
  const { maxRowBytes } = shareMemory(options.maxMemory, options.workers);
  let journal = earlier ?? newJournal(fingerprint, job.steps.length, maxRowBytes);
  if (journal.moves === undefined) journal = await runStages(work, job, options, journal);
  const exported = await exportRows(job, work, journal, shareMemory(options.maxMemory, options.workers));
  await rm(work, { recursive: true, force: true });
  return {
    rowsRead: journal.rowsRead,
    rowsWritten: journal.rowsWritten,
    rowsBad: journal.rowsBad,
    reasons: byFrequency(journal),
    fileFaults: journal.fileFaults,
    operators: job.steps.map(({ name }, i) => {
      const [rowsIn = 0, rowsOut = 0] = journal.counts[i] ?? [];
      return { name, rowsIn, rowsOut };
    }),
    seconds: (earlier?.seconds ?? 0) + (performance.now() - started) / 1000,
    bytes: await sizeOfFiles(job.files),
    ...exported,
    resumed: earlier !== undefined,
  };
}

/** Beside the result, so that finished files are moved, not copied. */
export function workFolder(exportPath: string): string {
  return join(dirname(exportPath), `.${basename(exportPath)}.work`);
}

/** What another recipe left. */
async function empty(work: string): Promise<void> {
  for (const name of await readdir(work)) {
    if (name !== LOCK_NAME) await rm(join(work, name), { recursive: true, force: true });
  }
}

/** All stages that are left, one after the other; the journal at the end. */
async function runStages(work: string, job: ProcessJob, options: ProcessOptions, start: Journal): Promise<Journal> {
  const run: Run = { job, options, work, stages: stagesOf(job.steps), bytes: await sizeOfFiles(job.files) };
  const { stages } = run;
  const later = job.steps.slice(stages[0]?.rowwise.length ?? 0);
  await tryOperators(later, toolsOf(run));
  let journal = start;
  let decision: Decision | undefined;
  if (journal.stage > 0) decision = { ...passing(new Uint32Array()), plan: await readPlan(work, journal.stage - 1) };
  for (;;) {
    journal = await runStage(run, journal, decision?.plan);
    if (journal.rowsWritten === 0 && journal.rowsRead > 0 && journal.rowsRead === journal.rowsBad) {
      await failAllBad(run, journal);
    }
    const { stage } = journal;
    if (stage === stages.length - 1) break;
    decision = await decisionAfter(run, stage);
    journal = await nextStage(run, journal, decision);
  }
  if (journal.rowsRead === 0) {
    const [fault] = journal.fileFaults;
    await rm(work, { recursive: true, force: true });
    if (fault !== undefined) fail("E_DATA_FILE", { where: fault.file, what: fault.reason, fix: fault.fix });
    fail("E_DATA_EMPTY", {
      where: job.files.join(", "),
      what: "there are no rows.",
      fix: "Name files that have rows.",
    });
  }
  return journal;
}

/** What the barrier at the end of a stage chooses. A stage without a barrier passes all its rows on. */
async function decisionAfter(run: Run, stage: number): Promise<Decision> {
  const { barrier } = run.stages[stage] as Stage;
  const { work: folder, job, options } = run;
  if (barrier !== undefined) {
    const { cluster } = options;
    return decide(barrier, { folder, stage, tools: toolsOf(run), traceRows: job.traceRows, cluster });
  }
  const { size } = await stat(join(folder, spillNames(stage).lengths));
  return passing(Uint32Array.from({ length: size / 4 }, (_, i) => i));
}

/** Counts what the barrier did, writes its choice down, and moves the journal to the next stage. */
async function nextStage(run: Run, journal: Journal, decision: Decision): Promise<Journal> {
  const { stage } = journal;
  const { barrier } = run.stages[stage] as Stage;
  const writer = createStageWriter(run, journal);
  try {
    if (barrier !== undefined) await writer.noteBarrier(barrier, decision);
    await writePlan(run.work, stage, decision.plan);
    const moved = await writer.moveTo(stage + 1);
    // What the stage before that had written is no longer needed.
    for (const name of Object.values(spillNames(stage - 1))) await rm(join(run.work, name), { force: true });
    return moved;
  } finally {
    await writer.close();
  }
}

const byFrequency = ({ reasons }: Journal): Journal["reasons"] => [...reasons].sort(([, a], [, b]) => b - a);

/** Nothing is left to write but the bad rows. Work is not kept: what made them bad may lie outside of the files. */
async function failAllBad({ job, work }: Run, journal: Journal): Promise<never> {
  const bad = join(dirname(job.exportPath), namesBeside(job.exportPath).bad);
  await rename(join(work, finalNames.bad), bad);
  await rm(work, { recursive: true, force: true });
  const [reason, count] = byFrequency(journal)[0] ?? ["", 0];
  return fail("E_DATA_EMPTY", {
    where: job.files.join(", "),
    what: `all ${journal.rowsRead} rows are bad: ${reason} (${count} rows).`,
    fix: `Look at ${bad}.`,
  });
}
