/** `tunesmith report`: the page of a training run, made again from what lies in its folder. */
import { writeRunPage } from "../reports/run-page.ts";
import { reportRecipe, type ReportArgs } from "../recipes/report.ts";
import type { Context } from "./context.ts";
import { defineVerb } from "./verb.ts";

async function run(args: ReportArgs, { stdout }: Context): Promise<undefined> {
  for (const dir of args.runs) stdout.write(`${await writeRunPage(dir.replace(/[\\/]+$/, ""))}\n`);
  return undefined;
}

export const reportVerb = defineVerb({
  recipe: reportRecipe,
  usage: "RUN...",
  examples: () => ["tunesmith report runs/quickstart"],
  run,
});
