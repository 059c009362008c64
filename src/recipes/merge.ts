/** Keys of `merge`: several models into one. Words of mergekit. */
import * as z from "zod";
import { mergeMethods, type MergeMethodName } from "../models/merging/index.ts";
import type { MergeNumbers } from "../models/merging/method.ts";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { modelGroup } from "./model.ts";
import { checkpointGroup } from "./output.ts";
import { defineRecipe, type Report } from "./recipe.ts";

const mergeGroup = defineGroup("Merge", {
  models: field(
    z.array(z.string().min(1)).default([]),
    "The models: folders, GGUF files or names on the hub. Config, tokenizer and template are those of the first.",
    { source: "mergekit" },
  ),
  merge_method: field(
    z.enum(Object.keys(mergeMethods) as [MergeMethodName, ...MergeMethodName[]]).default("linear"),
    "How tensors are joined: linear (mean), slerp (between two), or task vectors on base_model: task_arithmetic, ties, dare_linear, dare_ties.",
    { source: "mergekit" },
  ),
  base_model: field(z.string().min(1).optional(), "The model from which all others were fine-tuned.", {
    source: "mergekit",
    otherwise: "none; task vectors need one",
  }),
  weights: field(z.array(z.number()).min(1).optional(), "Weight of each model, in their order; may be negative.", {
    source: "mergekit",
    aliases: ["weight"],
    otherwise: "1 for each",
  }),
  density: field(
    z.array(z.number().gt(0).max(1)).min(1).optional(),
    "Share of a task vector's entries that is kept: one number, or one for each model.",
    { source: "mergekit", otherwise: "1: all" },
  ),
  lambda: field(z.number().optional(), "Factor on the merged task vector.", { source: "mergekit", otherwise: "1" }),
  normalize: field(z.boolean().optional(), "Divide by the sum of the weights.", {
    source: "mergekit",
    otherwise: "on for linear and ties",
  }),
  t: field(z.number().min(0).max(1).optional(), "Place between the two models of slerp: 0 is the first.", {
    source: "mergekit",
    otherwise: "0.5",
  }),
  seed: field(z.int().min(0).optional(), "Seed of the entries that dare drops.", {
    source: "ms-swift",
    aliases: ["random_seed"],
    otherwise: "42",
  }),
  output_dir: field(z.string().min(1), "Folder of the merged checkpoint.", { source: "ms-swift" }),
  overwrite_output_dir: field(
    checkpointGroup.shape.overwrite_output_dir,
    "Replace the checkpoint in output_dir; what is there stays until the new is whole.",
    { source: "transformers", aliases: ["overwrite", "exist_ok"] },
  ),
  revision: modelGroup.shape.revision,
  allow_config_keys: modelGroup.shape.allow_config_keys,
  torch_dtype: field(modelGroup.shape.torch_dtype, "Number format of the merged weights. Merging is in float64.", {
    source: "transformers",
    aliases: ["dtype"],
    otherwise: "the first model's own",
  }),
});

type Given = z.output<z.ZodObject<typeof mergeGroup.shape, z.core.$strict>>;

export type MergeArgs = Omit<Given, keyof MergeNumbers> & { readonly numbers: MergeNumbers };

function finish(given: Given, report: Report): MergeArgs {
  const { weights, density, lambda, normalize, t, seed, ...args } = given;
  const { models, merge_method: name } = args;
  const method = mergeMethods[name];
  const { minModels, maxModels } = method;
  if (models.length < minModels || models.length > maxModels) {
    const wanted =
      minModels === maxModels
        ? `${minModels}`
        : maxModels === Infinity
          ? `${minModels} or more`
          : `${minModels} to ${maxModels}`;
    report("models", `must be ${wanted} for ${name}, not ${models.length}.`);
  }
  if (method.base && args.base_model === undefined) report("base_model", `is needed by ${name}.`);
  if (!method.base && args.base_model !== undefined) report("base_model", `is not read by ${name}.`);
  for (const [key, value] of Object.entries({ weights, density, lambda, normalize, t, seed })) {
    if (value !== undefined && !(method.reads as readonly string[]).includes(key)) {
      report(key, `is not read by ${name}.`);
    }
  }
  if (weights !== undefined && weights.length !== models.length) {
    report("weights", `must be one for each of the ${models.length} models, not ${weights.length}.`);
  }
  if (density !== undefined && density.length !== 1 && density.length !== models.length) {
    report("density", `must be one number, or one for each of the ${models.length} models, not ${density.length}.`);
  }
  const each = (values: readonly number[] | undefined): readonly number[] =>
    models.map((_, m) => values?.[m] ?? values?.[0] ?? 1);
  const scale = normalize ?? method.normalize;
  if (!method.base && scale && Math.abs(each(weights).reduce((sum, weight) => sum + weight, 0)) < 1e-8) {
    report("weights", "have the sum 0, by which normalize would divide.");
  }
  return {
    ...args,
    numbers: {
      weights: each(weights),
      density: each(density),
      lambda: lambda ?? 1,
      normalize: scale,
      t: t ?? 0.5,
      seed: seed ?? 42,
    },
  };
}

export const mergeRecipe = defineRecipe({
  verb: "merge",
  groups: [mergeGroup],
  shape: mergeGroup.shape,
  finish,
});
