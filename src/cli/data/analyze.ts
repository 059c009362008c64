/** `tunesmith data analyze`: what is in files of rows. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { analyzeData, type AnalyzeJob } from "../../data/analyze/analyze.ts";
import type { Analysis } from "../../data/analyze/analysis.ts";
import type { ProcessProgress } from "../../data/engine/job.ts";
import type { ModelServices } from "../../data/services/model-services.ts";
import { filesOf } from "../../data/source.ts";
import { writeFileAtomic } from "../../formats/atomic.ts";
import { fail } from "../../base/errors.ts";
import { dataAnalyzeRecipe, type DataAnalyzeArgs } from "../../recipes/data-analyze.ts";
import type { Context } from "../context.ts";
import { createLiveLine } from "../terminal/live-line.ts";
import { defineVerb } from "../verb.ts";
import { analysisLines, nextCommand } from "./analysis-reporter.ts";
import { analysisPage } from "./page/analysis-page.ts";
import { createProgressLine } from "./processing-reporter.ts";
import { openServices, tryAskers, useText } from "./open-services.ts";
import { withShortOrigins } from "./short-origins.ts";
import { suggestedRecipe } from "./suggested-recipe.ts";

export const dataAnalyzeVerb = defineVerb({
  recipe: dataAnalyzeRecipe,
  usage: "FILE... [--sample ROWS] [--config RECIPE.yaml]",
  examples: (assets) => [
    `tunesmith data analyze ${assets}/fables/train.jsonl`,
    `tunesmith data analyze ${assets}/fables --config ${assets}/data/clean.yaml --report fables.html`,
    `tunesmith data analyze ${assets}/fables/train.jsonl --json`,
  ],
  run: async (args, context) => {
    const line = createLiveLine(context.stderr);
    const found = await analyze(args, context, {
      onProgress: createProgressLine(line, context.paint),
      onNote: line.print,
    }).finally(line.clear);
    const analysis = withShortOrigins(found);
    const outputs = {
      paths: args.files,
      report: args.report,
      suggest: analysis.suggestion.length === 0 ? undefined : args.suggest,
    };
    await writeOutputs(analysis, args, outputs);
    if (args.json) context.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    else {
      const columns = context.stdout.columns ?? 80;
      const lines = analysisLines(analysis, outputs, { columns, paint: context.paintOut });
      context.stdout.write(`${lines.join("\n")}\n`);
    }
    return analysis.good === 0 ? 1 : 0;
  },
});

interface Watching {
  readonly onProgress: (progress: ProcessProgress) => void;
  /** Told what a person should know meanwhile. */
  readonly onNote: (text: string) => void;
}

async function analyze(
  args: DataAnalyzeArgs,
  { signal, environment }: Context,
  { onProgress, onNote }: Watching,
): Promise<Analysis> {
  const found = (await Promise.all(args.files.map((path) => filesOf(path)))).flat();
  const files = found.filter((file) => args.suffixes.length === 0 || args.suffixes.some((end) => file.endsWith(end)));
  if (files.length === 0) {
    fail("E_DATA_FILE", { where: "suffixes", what: `no file ends with ${args.suffixes.join(", ")}.` });
  }
  const job: AnalyzeJob = {
    files,
    steps: args.process,
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
      signal,
      onProgress,
      ...(services === undefined ? {} : { services }),
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
    const use = services?.used();
    if (use !== undefined && use.requests + use.kept > 0) onNote(useText(use));
  }
}

interface Outputs {
  readonly paths: readonly string[];
  readonly report: string | undefined;
  readonly suggest: string | undefined;
}

async function writeOutputs(
  analysis: Analysis,
  args: DataAnalyzeArgs,
  { paths, report, suggest }: Outputs,
): Promise<void> {
  const recipe = suggestedRecipe(analysis, analysis.textColumn ?? args.text_key);
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, text);
  };
  if (suggest !== undefined) await write(suggest, recipe);
  const command = suggest === undefined ? undefined : nextCommand(paths, suggest);
  if (report !== undefined) await write(report, analysisPage(analysis, { recipe, command }));
}
