/** `tunesmith merge-lora`: an adapter and its base model into one checkpoint, then a proof that both say the same. */
import { mergeLoraRecipe } from "../recipes/merge-lora.ts";
import type { MergeLoraArgs } from "../recipes/index.ts";
import type { Context } from "./context.ts";
import { checkOutputDir, followPointer } from "./files.ts";
import { formatLoss } from "./terminal/format.ts";
import { defineVerb } from "./verb.ts";

async function run(args: MergeLoraArgs, context: Context): Promise<undefined> {
  const { stderr, stdout, paint } = context;
  await checkOutputDir(args.output_dir, args.overwrite_output_dir);
  const adapter = await followPointer(args.adapters[0] ?? "");
  const [{ loadModel, mergeLora, verifyMerge }, { createNodeRuntime }] = await Promise.all([
    import("../models/index.ts"),
    import("../runtime/node.ts"),
  ]);
  const model = await loadModel(adapter, args.model === undefined ? {} : { baseModel: args.model });
  stderr.write(`${paint("dim", "merging")}  ${adapter} into ${model.dir}\n`);
  await mergeLora(model, args.output_dir, args.torch_dtype === undefined ? {} : { dtype: args.torch_dtype });
  const check = await verifyMerge(createNodeRuntime({ device: "cpu" }), model, args.output_dir);
  stderr.write(
    `${paint("dim", "verified")}  largest difference of a logit ${formatLoss(check.maxDifference)} ` +
      `(logits reach ${formatLoss(check.maxLogit)}), same next token in ` +
      `${(100 * check.greedyAgreement).toFixed(1)}% of ${check.tokens} places\n`,
  );
  stdout.write(`${args.output_dir}\n`);
  return undefined;
}

export const mergeLoraVerb = defineVerb({
  recipe: mergeLoraRecipe,
  usage: "--adapters DIR [--flags]",
  examples: () => ["tunesmith merge-lora --adapters runs/demo/last --output-dir merged"],
  run,
});
