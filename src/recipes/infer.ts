/** Keys of `infer`: chat in the terminal, one prompt, or a file of rows. */
import * as z from "zod";
import { field } from "./field.ts";
import { generateGroup } from "./generate.ts";
import { defineGroup } from "./group.ts";
import { deviceGroup, modelGroup, seedGroup } from "./model.ts";
import { dataGroup } from "./data.ts";
import { defineRecipe, type Report } from "./recipe.ts";
import { templateGroup } from "./template.ts";

const promptGroup = defineGroup("What to answer", {
  prompt: field(z.string().optional(), "Answer this one text; the answer alone goes to stdout.", {
    otherwise: "chat in the terminal",
  }),
  val_dataset: field(
    dataGroup.shape.val_dataset,
    "Files of rows to answer, one after another; results go to result_path.",
    { source: "ms-swift" },
  ),
  result_path: field(z.string().min(1).optional(), "JSONL file that results of val_dataset are appended to.", {
    source: "ms-swift",
    otherwise: "infer_result.jsonl in the checkpoint's folder",
  }),
  max_batch_size: field(z.int().min(1).default(8), "Rows of val_dataset that are answered together.", {
    source: "ms-swift",
    unit: "rows",
  }),
  columns: dataGroup.shape.columns,
  strict: dataGroup.shape.strict,
});

const shape = {
  model: modelGroup.shape.model,
  revision: modelGroup.shape.revision,
  adapters: modelGroup.shape.adapters,
  load_args: modelGroup.shape.load_args,
  allow_other_base: modelGroup.shape.allow_other_base,
  allow_config_keys: modelGroup.shape.allow_config_keys,
  ...promptGroup.shape,
  ...templateGroup.shape,
  use_chat_template: field(
    z.boolean().optional(),
    "Render messages with the chat template. Without it the model continues the text of prompt as it is.",
    { source: "ms-swift", otherwise: "as in training; true when the checkpoint has a template" },
  ),
  max_length: field(z.int().min(2).optional(), "Most tokens of prompt and answer together.", {
    source: "ms-swift",
    unit: "tokens",
    otherwise: "the model's context length",
  }),
  ...generateGroup.shape,
  ...seedGroup.shape,
  ...deviceGroup.shape,
};

type Given = z.output<z.ZodObject<typeof shape, z.core.$strict>>;

/** At least one of model and adapters is set. */
export type InferArgs = Given;

function finish(args: Given, report: Report): InferArgs {
  if (args.model === undefined && args.adapters.length === 0) {
    report("model", "is needed: the folder of a checkpoint, for example runs/demo/last.");
  }
  if (args.prompt !== undefined && args.val_dataset.length > 0) {
    report("prompt", "cannot be given together with val_dataset; leave one of them out.");
  }
  if (args.result_path !== undefined && args.val_dataset.length === 0) {
    report("result_path", "is for val_dataset, which is not given.");
  }
  return args;
}

export const inferRecipe = defineRecipe({
  verb: "infer",
  groups: [
    modelGroup,
    promptGroup,
    templateGroup,
    defineGroup("Length", { max_length: shape.max_length }),
    generateGroup,
    seedGroup,
    deviceGroup,
  ],
  shape,
  finish,
});
