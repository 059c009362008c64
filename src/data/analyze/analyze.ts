/**
 * Analysis: one pass over rows (or a sample of them) through filters that measure and drop nothing, then everything
 * that can be said of the numbers. As Data-Juicer's Analyzer, only filters with statistics and operators that write
 * tags run: mappers, deduplicators and selectors of a recipe are passed over.
 *
 * All numbers are exact: statistics are kept as columns (8 bytes a value, on disk beyond a share of the ceiling of
 * memory). Blocks are put together in their order, so that any number of workers gives the same result.
 */
import { fail, isTunesmithError } from "../../base/errors.ts";
import { BLOCK_BYTES, type Block, type FileFault } from "../engine/block.ts";
import type { ChainPlan } from "../engine/chain.ts";
import { createTools, type ToolsPlan } from "../engine/create-tools.ts";
import { flow, openPool } from "../engine/flow.ts";
import type { ProcessOptions } from "../engine/job.ts";
import { shareMemory } from "../engine/memory.ts";
import { createProgress } from "../engine/progress.ts";
import { readBlocks, sizeOfFiles } from "../engine/read-blocks.ts";
import { operatorOf, type Step } from "../engine/steps.ts";
import { createTally, type Tally } from "../tally.ts";
import type { Analysis, LeftOut, Statistic } from "./analysis.ts";
import { countRows, drawRows } from "./draw-rows.ts";
import { createGathering, type Gathering } from "./gather.ts";
import type { LookPlan } from "./look-at-block.ts";
import { suggestSteps } from "./suggest-steps.ts";
import { textColumnOf } from "./text-column.ts";

export interface AnalyzeJob {
  readonly files: readonly string[];
  /** Operators of a recipe, or those of `automaticSteps`; what measures nothing is passed over. */
  readonly steps: readonly Step[];
  /** Leaves out operators that cannot be made ready, and finds a text where `textKey` has none, instead of failing. */
  readonly lenient: boolean;
  readonly textKey: string;
  /** Rows to be drawn; 0 looks at all, undefined draws where the files are large. */
  readonly sample: number | undefined;
  /** Instructions to be read for their verb and object, about so many. */
  readonly instructions: number;
  /** Shares from 0 to 1, beside the quartiles. */
  readonly percentiles: readonly number[];
  readonly seed: number;
  readonly base: string;
  readonly allowCode: boolean;
  readonly strict: boolean;
}

/** Files up to so many bytes are looked at whole when nothing is said, and rows drawn of larger ones. */
export const WHOLE_BYTES = 32 * 10 ** 6;
export const SAMPLE_ROWS = 20_000;

const EXAMPLES = 3;
const SHOWN_ROWS = 6;
const QUARTILES = [0.25, 0.5, 0.75];

/**
 * @throws E_DATA_FILE, E_DATA_OPERATOR, E_DATA_WORKER, E_DISK_FULL, E_FILE_WRITE; E_DATA_ROW when strict; E_DATA_EMPTY
 *   when there are no rows; AbortError
 */
export async function analyzeData(job: AnalyzeJob, options: ProcessOptions): Promise<Analysis> {
  const started = performance.now();
  const tools: ToolsPlan = { seed: job.seed, base: job.base, allowCode: job.allowCode };
  const bytes = await sizeOfFiles(job.files);
  const first = await firstBlock(job, options);
  const chosen = job.lenient && first !== undefined ? textColumnOf(first, job.textKey) : undefined;
  const textKey = chosen ?? job.textKey;
  const { steps, leftOut } = await readySteps(job, textKey, tools);
  const wanted = job.sample ?? (bytes > WHOLE_BYTES ? SAMPLE_ROWS : 0);
  const total = wanted > 0 ? await countAll(job, options) : undefined;
  const draws = total !== undefined && total > wanted;
  const rowsExpected = draws ? wanted : (total ?? (await expectRows(job, options, bytes)));

  const look: LookPlan = {
    textKey,
    stats: statsOf(steps).map(([name]) => name),
    seed: job.seed,
    examples: EXAMPLES,
    drawn: SHOWN_ROWS,
    phraseShare: Math.min(1, job.instructions / Math.max(1, rowsExpected)),
  };
  const tally = createTally();
  const fileFaults: FileFault[] = [];
  const gathering = createGathering(look, Math.floor(options.maxMemory / 8));
  try {
    const rows = await pass({
      job,
      options,
      steps,
      look,
      gathering,
      tally,
      fileFaults,
      bytes,
      tools,
      wanted,
      total,
      draws,
    });
    if (rows === 0 && fileFaults.length === 0) {
      fail("E_DATA_EMPTY", { where: job.files.join(", "), what: "there are no rows." });
    }
    const statistics = statisticsOf(steps, gathering, [...new Set([...QUARTILES, ...job.percentiles])].sort());
    const names = statistics.flatMap(({ name, numbers }) => (numbers !== undefined && varies(numbers) ? [name] : []));
    const missed = gathering.missed();
    const given = new Set(statistics.map(({ operator }) => operator));
    const silent = steps.filter(({ name }) => !given.has(name));
    return {
      files: job.files,
      bytes,
      rows,
      good: gathering.rows(),
      ...(chosen === undefined ? {} : { textColumn: chosen }),
      ...(draws ? { sample: { wanted, total, seed: job.seed } } : {}),
      shapes: gathering.shapes(),
      columns: gathering.columns(),
      statistics,
      correlation: { names, matrix: gathering.correlation(names) },
      repeats: gathering.repeats(),
      instructions: gathering.instructions(),
      drawn: gathering.drawn(),
      bad: tally.list(),
      fileFaults,
      missed: missed.filter(({ operator }) => given.has(operator)),
      leftOut: [
        ...leftOut,
        ...silent.map(({ name }) => ({
          operator: name,
          reason: missed.find(({ operator }) => operator === name)?.reason ?? "no row has what it measures",
        })),
      ],
      suggestion: suggestSteps(statistics, steps),
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    gathering.close();
  }
}

interface Pass {
  readonly job: AnalyzeJob;
  readonly options: ProcessOptions;
  readonly steps: readonly Step[];
  readonly look: LookPlan;
  readonly gathering: Gathering;
  readonly tally: Tally;
  readonly fileFaults: FileFault[];
  readonly bytes: number;
  readonly tools: ToolsPlan;
  readonly wanted: number;
  readonly total: number | undefined;
  readonly draws: boolean;
}

/** All blocks through the workers. The number of rows that came, good or bad. */
async function pass(run: Pass): Promise<number> {
  const { job, options, steps, look, gathering, tally, fileFaults, bytes, tools, wanted, total = 0, draws } = run;
  const plan: ChainPlan = {
    steps,
    input: "rows",
    last: true,
    keepStats: false,
    addSuffix: steps.some(({ name }) => name === "suffix_filter"),
    traceRows: 0,
    look,
  };
  const remote = steps.some((step) => operatorOf(step).remote);
  // A worker without a block would only take time to start.
  const workers = Math.min(options.workers, Math.ceil(bytes / BLOCK_BYTES));
  const pool = await openPool(plan, { remote, tools, options: { ...options, workers } });
  const progress = createProgress(options, { stage: 0, stages: 1, plan, total: bytes });
  const blocks = open(job, options, (fault) => fileFaults.push(fault));
  let rows = 0;
  try {
    await flow(draws ? drawRows(blocks, { seed: job.seed, wanted, total }) : blocks, {
      pool,
      request: {},
      done: 0,
      strict: job.strict,
      options,
      take: async (result, block) => {
        if (result?.look === undefined) return;
        rows += result.rowsIn;
        await gathering.add(result.look, block);
        for (const { file, line, operator, reason } of result.bad) {
          const who = operator === undefined ? "" : `${operator}: `;
          tally.add(who + reason.replace(/[:(].*$/s, "").trim(), `${file}:${line}: ${who}${reason}`);
        }
        progress.add(result.rowsIn, block.consumed);
      },
    });
  } finally {
    await pool.close();
  }
  return rows;
}

const open = (
  job: AnalyzeJob,
  options: ProcessOptions,
  onFileFault: (fault: FileFault) => void = () => undefined,
): ReturnType<typeof readBlocks> => {
  const { maxRowBytes, maxGroupBytes } = shareMemory(options.maxMemory, options.workers);
  return readBlocks(job.files, { maxRowBytes, maxGroupBytes, onFileFault });
};

async function countAll(job: AnalyzeJob, options: ProcessOptions): Promise<number> {
  let rows = 0;
  for await (const block of open(job, options)) {
    options.signal?.throwIfAborted();
    rows += countRows(block);
  }
  return rows;
}

async function firstBlock(job: AnalyzeJob, options: ProcessOptions): Promise<Block | undefined> {
  const blocks = open(job, options);
  const first = await blocks.next();
  await blocks.return(undefined);
  return first.done === true ? undefined : first.value;
}

/** Files whose first blocks say how long rows are. */
const LOOKED_FILES = 20;

/** Rows that files of so many bytes in all have, going by the first blocks of the first few. */
async function expectRows(job: AnalyzeJob, options: ProcessOptions, bytes: number): Promise<number> {
  let [rows, read] = [0, 0];
  for (const file of job.files.slice(0, LOOKED_FILES)) {
    const blocks = open({ ...job, files: [file] }, options);
    const first = await blocks.next();
    await blocks.return(undefined);
    const size = await sizeOfFiles([file]);
    read += size;
    if (first.done !== true) rows += (countRows(first.value) * size) / Math.max(1, first.value.consumed);
  }
  return read === 0 ? 0 : (rows * bytes) / read;
}

/** Whether an operator measures something: a filter with statistics, or a mapper that writes tags. */
const measures = (step: Step): boolean => {
  const { kind, stats } = operatorOf(step);
  return (kind === "filter" || kind === "mapper") && stats.length > 0;
};

async function readySteps(
  { steps, lenient }: AnalyzeJob,
  textKey: string,
  tools: ToolsPlan,
): Promise<{ readonly steps: readonly Step[]; readonly leftOut: readonly LeftOut[] }> {
  const leftOut: LeftOut[] = [];
  const ready: Step[] = [];
  for (const given of steps.filter(measures)) {
    const step = lenient ? { ...given, args: { ...given.args, text_key: textKey } } : given;
    try {
      // Workers make their own; this one only shows whether it can be done.
      if (lenient) await operatorOf(step).create(step.args, createTools(tools));
      ready.push(step);
    } catch (error) {
      if (!isTunesmithError(error)) throw error;
      leftOut.push({ operator: step.name, reason: error.what.replace(/\.$/, "") });
    }
  }
  return { steps: ready, leftOut };
}

/** Names of statistics with the steps that give them; the first that gives one has it. Records are whole answers. */
function statsOf(steps: readonly Step[]): readonly (readonly [string, Step])[] {
  const known = new Map<string, Step>();
  for (const step of steps) {
    for (const name of operatorOf(step).stats) {
      if (!known.has(name) && !name.endsWith("_record")) known.set(name, step);
    }
  }
  return [...known];
}

function statisticsOf(
  steps: readonly Step[],
  gathering: Gathering,
  percentiles: readonly number[],
): readonly Statistic[] {
  return statsOf(steps).flatMap(([name, step]) => {
    const numbers = gathering.numbers(name, percentiles);
    const words = gathering.words(name);
    if (numbers === undefined && words === undefined) return [];
    const { summary } = operatorOf(step);
    return [
      {
        name,
        operator: step.name,
        summary,
        ...(numbers === undefined ? {} : { numbers }),
        ...(words === undefined ? {} : { words }),
      },
    ];
  });
}

const varies = ({ min, max }: { readonly min: number; readonly max: number }): boolean => max > min;
