/** Keys of `download`: a repository of the Hugging Face hub into the cache. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { defineRecipe } from "./recipe.ts";

const downloadGroup = defineGroup("Download", {
  model: field(z.string().min(1), "Name of a model on the hub, for example HuggingFaceTB/SmolLM2-135M-Instruct."),
  revision: field(z.string().min(1).optional(), "Branch, tag or commit.", {
    source: "transformers",
    otherwise: "main",
  }),
  repo_type: field(z.enum(["model", "dataset"]).default("model"), "What the name stands for.", {
    source: "huggingface_hub",
  }),
});

export type DownloadArgs = z.output<z.ZodObject<typeof downloadGroup.shape, z.core.$strict>>;

export const downloadRecipe = defineRecipe({
  verb: "download",
  groups: [downloadGroup],
  shape: downloadGroup.shape,
  positional: "model",
  finish: (args) => args,
});
