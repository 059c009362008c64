/** Keys of `quickstart`: the main job on a model and a text that come with the package. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { deviceGroup, seedGroup } from "./model.ts";
import { defineRecipe } from "./recipe.ts";

const runGroup = defineGroup("Run", {
  output_dir: field(z.string().min(1).default("runs/quickstart"), "Folder of the run; an earlier one is replaced."),
  max_steps: field(z.int().min(1).optional(), "Optimizer steps.", {
    unit: "steps",
    otherwise: "80, where the held-out loss stops falling",
  }),
  max_new_tokens: field(z.int().min(1).max(400).default(100), "Length of the two sample texts.", { unit: "tokens" }),
});

const shape = { ...runGroup.shape, ...seedGroup.shape, ...deviceGroup.shape };

export type QuickstartArgs = z.output<z.ZodObject<typeof shape, z.core.$strict>>;

export const quickstartRecipe = defineRecipe({
  verb: "quickstart",
  groups: [runGroup, seedGroup, deviceGroup],
  shape,
  finish: (args): QuickstartArgs => args,
});
