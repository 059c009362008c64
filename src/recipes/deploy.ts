/** Keys of `deploy`: a model behind OpenAI's API. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { deviceGroup, modelGroup, seedGroup } from "./model.ts";
import { defineRecipe, type Report } from "./recipe.ts";
import { templateGroup } from "./template.ts";

const { model, revision, adapters, load_args, allow_other_base, allow_config_keys } = modelGroup.shape;
const { template, system } = templateGroup.shape;

const serverGroup = defineGroup("Server", {
  host: field(z.string().min(1).default("127.0.0.1"), "Address to listen on; 0.0.0.0 for all of this machine.", {
    source: "ms-swift",
  }),
  port: field(z.int().min(0).max(65_535).default(8000), "Port to listen on; 0 takes one that is free.", {
    source: "ms-swift",
  }),
  api_key: field(z.string().min(1).optional(), "Requests must bear this key.", {
    source: "ms-swift",
    otherwise: "everybody who reaches the port is answered",
  }),
  served_model_name: field(z.string().min(1).optional(), "The name that requests give.", {
    source: "ms-swift",
    otherwise: "the name of the model's folder",
  }),
  max_batch_size: field(z.int().min(1).default(16), "Answers that are written together.", {
    source: "ms-swift",
    unit: "answers",
  }),
  max_queue: field(z.int().min(1).default(256), "Answers that may be under way or wait; more are refused (429).", {
    unit: "answers",
  }),
});

const shape = {
  model,
  revision,
  adapters,
  load_args,
  allow_other_base,
  allow_config_keys,
  ...serverGroup.shape,
  template,
  system,
  ...seedGroup.shape,
  ...deviceGroup.shape,
};

/** At least one of model and adapters is set. */
export type DeployArgs = z.output<z.ZodObject<typeof shape, z.core.$strict>>;

function finish(args: DeployArgs, report: Report): DeployArgs {
  if (args.model === undefined && args.adapters.length === 0) {
    report("model", "is needed: the folder of a checkpoint, for example runs/demo/last.");
  }
  return args;
}

export const deployRecipe = defineRecipe({
  verb: "deploy",
  groups: [modelGroup, serverGroup, defineGroup("Chat template", { template, system }), seedGroup, deviceGroup],
  shape,
  finish,
});
