/** Keys of `merge-lora`: adapters and their base model into one full checkpoint. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { modelGroup } from "./model.ts";
import { checkpointGroup } from "./output.ts";
import { defineRecipe, type Report } from "./recipe.ts";

const mergeGroup = defineGroup("Merge", {
  adapters: field(z.array(z.string().min(1)).default([]), "Folder of the PEFT adapter, for example runs/demo/last.", {
    source: "ms-swift",
  }),
  model: field(z.string().min(1).optional(), "Base model: a folder, a GGUF file or a name on the hub.", {
    source: "ms-swift",
    otherwise: "the one that the adapter names",
  }),
  revision: modelGroup.shape.revision,
  output_dir: field(z.string().min(1).optional(), "Folder of the merged checkpoint.", {
    source: "ms-swift",
    otherwise: "the adapter's folder with -merged added",
  }),
  overwrite_output_dir: field(
    checkpointGroup.shape.overwrite_output_dir,
    "Replace the checkpoint in output_dir; what is there stays until the new is whole.",
    {
      source: "transformers",
      aliases: ["overwrite", "exist_ok"],
    },
  ),
  allow_other_base: modelGroup.shape.allow_other_base,
  allow_config_keys: modelGroup.shape.allow_config_keys,
  torch_dtype: field(modelGroup.shape.torch_dtype, "Number format of the merged weights. Merging is in float32.", {
    source: "transformers",
    aliases: ["dtype"],
    otherwise: "the base model's own",
  }),
});

type Given = z.output<z.ZodObject<typeof mergeGroup.shape, z.core.$strict>>;

export type MergeLoraArgs = Omit<Given, "adapters" | "output_dir"> & {
  /** Exactly one. */
  readonly adapters: readonly string[];
  readonly output_dir: string;
};

function finish(args: Given, report: Report): MergeLoraArgs {
  const [adapter = "", ...more] = args.adapters;
  if (adapter === "") report("adapters", "is needed: the folder of an adapter, for example runs/demo/last.");
  if (more.length > 0) report("adapters", "must be one folder; merge several one after another.");
  return { ...args, output_dir: args.output_dir ?? `${adapter.replace(/[\\/]+$/, "")}-merged` };
}

export const mergeLoraRecipe = defineRecipe({
  verb: "merge-lora",
  groups: [mergeGroup],
  shape: mergeGroup.shape,
  finish,
});
