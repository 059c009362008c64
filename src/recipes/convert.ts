/** Keys of `convert`: a model in one file into a Hugging Face folder. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { modelGroup } from "./model.ts";
import { checkpointGroup } from "./output.ts";
import { defineRecipe } from "./recipe.ts";

const convertGroup = defineGroup("Convert", {
  model: field(z.string().min(1), "The GGUF file of a model."),
  output_dir: field(z.string().min(1), "Folder of the Hugging Face checkpoint.", { source: "ms-swift" }),
  overwrite_output_dir: field(checkpointGroup.shape.overwrite_output_dir, "Replace an output_dir that is not empty.", {
    source: "transformers",
    aliases: ["exist_ok"],
  }),
  torch_dtype: field(modelGroup.shape.torch_dtype, "Number format of all tensors.", {
    source: "transformers",
    aliases: ["dtype"],
    otherwise: "the file's own for half precision, float32 for all else",
  }),
});

export type ConvertArgs = z.output<z.ZodObject<typeof convertGroup.shape, z.core.$strict>>;

export const convertRecipe = defineRecipe({
  verb: "convert",
  groups: [convertGroup],
  shape: convertGroup.shape,
  finish: (args) => args,
});
