/** Keys of `report`: the page of a training run. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { defineRecipe } from "./recipe.ts";

const group = defineGroup("Report", {
  runs: field(z.array(z.string().min(1)).min(1), "Folders of training runs: the output_dir of sft or pt."),
});

export type ReportArgs = z.output<z.ZodObject<typeof group.shape, z.core.$strict>>;

export const reportRecipe = defineRecipe({
  verb: "report",
  groups: [group],
  shape: group.shape,
  positional: "runs",
  finish: (args): ReportArgs => args,
});
