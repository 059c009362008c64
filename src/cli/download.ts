/** `tunesmith download`: what a verb would download from the hub, ahead of time; prints the folder. */
import { fail } from "../base/errors.ts";
import { downloadRecipe, type DownloadArgs } from "../recipes/download.ts";
import type { Context } from "./context.ts";
import { hubReporter } from "./hub-reporter.ts";
import { defineVerb } from "./verb.ts";

async function run(args: DownloadArgs, context: Context): Promise<undefined> {
  const { model: name, revision, repo_type: type } = args;
  const [{ isHubName }, { hubSnapshot }, { datasetFiles }, { modelFiles }] = await Promise.all([
    import("../hub/repo.ts"),
    import("../hub/snapshot.ts"),
    import("../data/hub-dataset.ts"),
    import("../models/files/model-files.ts"),
  ]);
  if (!isHubName(name)) {
    fail("E_HUB_NAME", { where: name, what: "this is no name on the hub.", fix: "Write it as organisation/name." });
  }
  const reporter = hubReporter(context);
  const choose = type === "model" ? modelFiles : datasetFiles;
  const dir = await hubSnapshot(
    { type, name },
    { ...reporter, revision, signal: context.signal, choose: (paths) => choose(paths, name) },
  ).finally(reporter.end);
  context.stdout.write(`${dir}\n`);
  return undefined;
}

export const downloadVerb = defineVerb({
  recipe: downloadRecipe,
  usage: "NAME [--flags]",
  examples: () => [
    "tunesmith download HuggingFaceTB/SmolLM2-135M-Instruct",
    "tunesmith download tatsu-lab/alpaca --repo-type dataset",
  ],
  run,
});
