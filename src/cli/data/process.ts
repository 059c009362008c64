/** `tunesmith data process`: a recipe of operators over files of rows. */
import { dataProcessRecipe } from "../../recipes/data-process.ts";
import { defineVerb } from "../verb.ts";
import { processingReporter } from "./processing-reporter.ts";
import { runRecipe } from "./run-recipe.ts";

export const dataProcessVerb = defineVerb({
  recipe: dataProcessRecipe,
  usage: "[--dataset-path FILE] [--export-path OUT.jsonl] [--OPERATOR.ARGUMENT=VALUE]",
  examples: (assets) => [
    `tunesmith data process ${assets}/data/clean.yaml --dataset-path ${assets}/fables/train.jsonl --export-path clean.jsonl --keep-stats-in-res-ds`,
    `tunesmith data process ${assets}/data/clean.yaml --dataset-path ${assets}/fables --export-path traced.parquet --open-tracer`,
    `tunesmith data process ${assets}/data/qa-from-text.yaml --dataset-path ${assets}/fables --export-path qa.jsonl --api-endpoint http://localhost:8000/v1`,
  ],
  run: async (args, context) => {
    const reporter = processingReporter(args, context);
    try {
      const report = await runRecipe(args, {
        signal: context.signal,
        onProgress: reporter.progress,
        onNote: reporter.note,
        environment: context.environment,
        recipeFiles: context.recipeFiles,
      });
      reporter.done(report);
      return report.fileFaults.length > 0 ? 1 : 0;
    } catch (error) {
      reporter.stopped(error);
      throw error;
    }
  },
});
