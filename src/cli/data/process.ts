/** `tunesmith data process`: a recipe of operators over files of rows. */
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { filesOf } from "../../data/source.ts";
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
    `tunesmith data process ${assets}/data/clean.yaml --dataset-path ${assets}/fables/train.jsonl --export-path clean.jsonl`,
    `tunesmith data process ${assets}/data/clean.yaml --dataset-path ${assets}/fables --export-path clean.parquet --open-tracer`,
  ],
  run: async (args, context) => {
    const files = (await Promise.all(args.dataset_path.map((path) => filesOf(path)))).flat();
    const reporter = processingReporter(args, context);
    const report = await runRecipe(args, files, { signal: context.signal, onProgress: reporter.progress });
    if (args.report !== undefined) {
      await mkdir(dirname(args.report), { recursive: true });
      await writeFileAtomic(args.report, processPage(report, await readTraces(report.traceFolder)));
    }
    reporter.done(report);
    return report.fileFaults.length > 0 ? 1 : 0;
  },
});
