/** Keys of `doctor`: what this machine has. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { defineRecipe } from "./recipe.ts";

const doctorGroup = defineGroup("Report", {
  json: field(z.boolean().default(false), "Print the report as JSON."),
});

export const doctorRecipe = defineRecipe({
  verb: "doctor",
  groups: [doctorGroup],
  shape: doctorGroup.shape,
  finish: (args) => args,
});
