/** `tunesmith merge`: several models into one, by arithmetic on their weights. */
import { mergeRecipe, type MergeArgs } from "../recipes/merge.ts";
import type { Context } from "./context.ts";
import { hubReporter } from "./hub-reporter.ts";
import { createLiveLine } from "./terminal/live-line.ts";
import { defineVerb } from "./verb.ts";

async function run(args: MergeArgs, context: Context): Promise<undefined> {
  const { stderr, stdout, paint, signal } = context;
  const [{ findModel }, { mergeModels }] = await Promise.all([
    import("../models/files/find-model.ts"),
    import("../models/merging/merge-models.ts"),
  ]);
  const reporter = hubReporter(context);
  const find = (name: string) => findModel(name, { ...reporter, revision: args.revision, signal });
  const folders: string[] = [];
  let base: string | undefined;
  try {
    for (const name of args.models) folders.push(await find(name));
    if (args.base_model !== undefined) base = await find(args.base_model);
  } finally {
    reporter.end();
  }
  const line = createLiveLine(stderr);
  const { tensors, notes } = await mergeModels(args.output_dir, {
    method: args.merge_method,
    models: folders,
    base,
    numbers: args.numbers,
    dtype: args.torch_dtype,
    overwrite: args.overwrite_output_dir,
    allowConfigKeys: args.allow_config_keys,
    signal,
    onProgress: (done, total) => line.update(`${paint("dim", "tensors")}  ${done} of ${total}`),
  }).finally(() => line.clear());
  stderr.write(`${paint("dim", "merged")}  ${folders.length} models by ${args.merge_method}, ${tensors} tensors\n`);
  stderr.write(`${paint("dim", "kept")}  config, tokenizer and template of ${folders[0]}\n`);
  for (const note of notes) stderr.write(`${paint("dim", "note")}  ${note}\n`);
  stdout.write(`${args.output_dir}\n`);
  return undefined;
}

export const mergeVerb = defineVerb({
  recipe: mergeRecipe,
  usage: "--models DIR DIR ... --output-dir DIR [--flags]",
  examples: () => [
    "tunesmith merge --models runs/a-merged runs/b-merged --output-dir soup",
    "tunesmith merge --merge-method ties --base-model base --models a b --density 0.5 --output-dir joined",
  ],
  run,
});
