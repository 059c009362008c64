/** From the arguments of `data analyze` to what was found: for the command line and for users of the library. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Analysis } from "../../data/analyze/analysis.ts";
import { analyzeData, type AnalyzeJob } from "../../data/analyze/analyze.ts";
import { checkTextKeys } from "../../data/check-text-keys.ts";
import type { ProcessOptions } from "../../data/engine/job.ts";
import type { ModelServices } from "../../data/services/model-services.ts";
import { describePassedOver, findFiles } from "../../data/source.ts";
import { fail } from "../../base/errors.ts";
import { writeFileAtomic } from "../../formats/atomic.ts";
import { makeFolder } from "../../formats/make-folder.ts";
import { checkOutputFile } from "../../formats/output.ts";
import type { DataAnalyzeArgs } from "../../recipes/data-analyze.ts";
import { nextCommand, type AnalysisOutputs } from "./analysis-reporter.ts";
import { withOwnLists } from "./own-lists.ts";
import { openServices, tryAskers, useText } from "./open-services.ts";
import { analysisPage } from "./page/analysis-page.ts";
import { withShortOrigins } from "./short-origins.ts";
import { suggestedRecipe } from "./suggested-recipe.ts";

export interface RunAnalysisOptions extends Pick<ProcessOptions, "signal" | "onProgress"> {
  /** Told what a person should know meanwhile. */
  readonly onNote?: (text: string) => void;
  /** Default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The file of arguments, which no result may replace. */
  readonly recipeFiles?: readonly string[];
}

/** Writes the page and the recipe where the arguments name them. @throws E_OUTPUT_*, E_DATA_ENDPOINT; what `analyzeData` throws */
export async function runAnalysis(args: DataAnalyzeArgs, options: RunAnalysisOptions = {}): Promise<Analysis> {
  const found: string[] = [];
  for (const path of args.files) {
    const { files: inPath, passedOver } = await findFiles(path, "all");
    const note = describePassedOver(path, { files: inPath, passedOver });
    if (note !== undefined) options.onNote?.(note);
    found.push(...inPath);
  }
  const files = found.filter((file) => args.suffixes.length === 0 || args.suffixes.some((end) => file.endsWith(end)));
  if (files.length === 0) {
    fail("E_DATA_FILE", { where: "suffixes", what: `no file ends with ${args.suffixes.join(", ")}.` });
  }
  for (const path of [args.report, args.suggest]) {
    if (path === undefined) continue;
    await checkOutputFile(path, { inputs: [...files, ...(options.recipeFiles ?? [])], overwrite: args.overwrite });
  }
  await checkTextKeys(files, args.text_keys);
  const job: AnalyzeJob = {
    files,
    steps: await withOwnLists(args.process, (text) => options.onNote?.(text)),
    lenient: args.auto,
    textKey: args.text_key,
    sample: args.sample,
    instructions: args.instructions,
    percentiles: args.percentiles,
    seed: args.seed,
    base: process.cwd(),
    allowCode: args.allow_code,
    strict: args.strict,
  };
  const analysis = await analyzeWithServices(job, args, options);
  await writeOutputs(withShortOrigins(analysis), args);
  return analysis;
}

async function analyzeWithServices(
  job: AnalyzeJob,
  args: DataAnalyzeArgs,
  { signal, onProgress, onNote = () => undefined, environment = process.env }: RunAnalysisOptions,
): Promise<Analysis> {
  // Nothing goes on from an analysis but its answers: what it asked is counted for itself.
  const scratch = await mkdtemp(join(tmpdir(), "tunesmith-analyze-"));
  let services: ModelServices | undefined;
  try {
    services = openServices(args, {
      ledger: join(scratch, "asked"),
      cache: args.api_cache,
      environment,
      onNote,
      signal,
    });
    if (services !== undefined) await tryAskers(job.steps, job, services);
    return await analyzeData(job, {
      workers: args.np,
      maxMemory: args.max_memory,
      rowTimeout: args.row_timeout,
      concurrency: args.api_concurrency,
      ...(services === undefined ? {} : { services }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
    const use = services?.used();
    if (use !== undefined && use.requests + use.kept > 0) onNote(useText(use));
  }
}

/** What is written: no recipe when there is nothing to suggest. */
export const outputsOf = ({ suggestion }: Analysis, args: DataAnalyzeArgs): AnalysisOutputs => ({
  paths: args.files,
  report: args.report,
  suggest: suggestion.length === 0 ? undefined : args.suggest,
});

async function writeOutputs(analysis: Analysis, args: DataAnalyzeArgs): Promise<void> {
  const { paths, report, suggest } = outputsOf(analysis, args);
  const recipe = suggestedRecipe(analysis, analysis.textColumn ?? args.text_key);
  const write = async (path: string, text: string): Promise<void> => {
    await makeFolder(dirname(path));
    await writeFileAtomic(path, text);
  };
  if (suggest !== undefined) await write(suggest, recipe);
  const command = suggest === undefined ? undefined : nextCommand(paths, suggest);
  if (report !== undefined) await write(report, analysisPage(analysis, { recipe, command }));
}
