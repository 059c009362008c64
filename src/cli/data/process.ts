/** `tunesmith data process`: a recipe of operators over files of rows. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { isResultOf } from "../../data/engine/paths.ts";
import { filesOf } from "../../data/source.ts";
import { fail } from "../../base/errors.ts";
import { dataProcessRecipe } from "../../recipes/data-process.ts";
import { writeFileAtomic } from "../../formats/atomic.ts";
import { defineVerb } from "../verb.ts";
import { processPage } from "./page/process-page.ts";
import { processingReporter } from "./processing-reporter.ts";
import { readTraces } from "./read-traces.ts";
import { runRecipe } from "./run-recipe.ts";

export const dataProcessVerb = defineVerb({
  recipe: dataProcessRecipe,
  usage: "[--dataset-path FILE] [--export-path OUT.jsonl] [--OPERATOR.ARGUMENT=VALUE]",
  examples: (assets) => [
    `tunesmith data process ${assets}/data/clean.yaml --dataset-path ${assets}/fables/train.jsonl --export-path clean.jsonl --keep-stats-in-res-ds`,
    `tunesmith data process ${assets}/data/clean.yaml --dataset-path ${assets}/fables --export-path clean.parquet --open-tracer`,
    `tunesmith data process ${assets}/data/qa-from-text.yaml --dataset-path ${assets}/fables --export-path qa.jsonl --api-endpoint http://localhost:8000/v1`,
  ],
  run: async (args, context) => {
    const files: string[] = [];
    for (const path of args.dataset_path) files.push(...(await inputsOf(path, args.export_path)));
    const reporter = processingReporter(args, context);
    try {
      const report = await runRecipe(args, files, {
        signal: context.signal,
        onProgress: reporter.progress,
        onNote: reporter.note,
        environment: context.environment,
      });
      if (args.report !== undefined) {
        await mkdir(dirname(args.report), { recursive: true });
        await writeFileAtomic(args.report, processPage(report, await readTraces(report.traceFolder)));
      }
      reporter.done(report);
      return report.fileFaults.length > 0 ? 1 : 0;
    } catch (error) {
      reporter.stopped(error);
      throw error;
    }
  },
});

/** Files of a path. A folder or glob may hold what the same command wrote before: that is no input. */
async function inputsOf(path: string, exportPath: string): Promise<readonly string[]> {
  const found = await filesOf(path);
  if (found.length === 1 && found[0] === path) return found;
  const inputs = found.filter((file) => !isResultOf(exportPath, file));
  return inputs.length > 0
    ? inputs
    : fail("E_DATA_FILE", { where: path, what: `nothing is there but results of an earlier run to ${exportPath}.` });
}
