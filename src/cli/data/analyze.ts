/** `tunesmith data analyze`: what is in files of rows. */
import { dataAnalyzeRecipe } from "../../recipes/data-analyze.ts";
import { createLiveLine } from "../terminal/live-line.ts";
import { defineVerb } from "../verb.ts";
import { analysisLines } from "./analysis-reporter.ts";
import { createProgressLine } from "./processing-reporter.ts";
import { outputsOf, runAnalysis } from "./run-analysis.ts";
import { withShortOrigins } from "./short-origins.ts";

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
    const found = await runAnalysis(args, {
      signal: context.signal,
      onProgress: createProgressLine(line, context.paint),
      onNote: line.print,
      environment: context.environment,
      recipeFiles: context.recipeFiles,
    }).finally(line.clear);
    if (args.json) context.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    else {
      const columns = context.stdout.columns ?? 80;
      const lines = analysisLines(withShortOrigins(found), outputsOf(found, args), {
        columns,
        paint: context.paintOut,
      });
      context.stdout.write(`${lines.join("\n")}\n`);
    }
    return found.good === 0 ? 1 : 0;
  },
});
