/** Keys of `data select`: files of rows, a sampler, and a file of the rows that it chooses. */
import * as z from "zod";
import { samplers } from "../data/samplers/index.ts";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { overwriteField } from "./output.ts";
import { defineRecipe } from "./recipe.ts";
import { readSamplerArgs, samplerFields } from "./sampler.ts";

const names = [...samplers.values()].flatMap(({ name, select }) => (select === undefined ? [] : [name]));

const selectGroup = defineGroup("Select", {
  dataset: field(z.array(z.string().min(1)).default([]), "Files, folders or globs of rows."),
  sampler: field(
    z.enum(names as [string, ...string[]]).optional(),
    "Which rows are chosen. docs/samplers.md says what each does.",
    { otherwise: "needed" },
  ),
  sampler_args: samplerFields.sampler_args,
  export_path: field(z.string().min(1).optional(), "File of the result: JSON lines.", { otherwise: "needed" }),
  overwrite: overwriteField,
  text_key: field(
    z.string().min(1).default("text"),
    "Column of the text, for samplers that read it; rows without it are read as conversations.",
  ),
  seed: field(z.int().min(0).max(0xffff_ffff).default(42), "Seed of all draws."),
  json: field(z.boolean().default(false), "Prints what was chosen as JSON."),
});

export const dataSelectRecipe = defineRecipe({
  verb: "data select",
  groups: [selectGroup],
  shape: selectGroup.shape,
  positional: "dataset",
  finish: (args, report) => {
    const { dataset, sampler, export_path: path } = args;
    if (dataset.length === 0) report("dataset", "is needed: a file of rows, for example train.jsonl.");
    if (sampler === undefined) report("sampler", `is needed: one of ${names.join(", ")}.`);
    if (path === undefined) report("export_path", "is needed: the file of the result, for example chosen.jsonl.");
    else if (!path.endsWith(".jsonl")) report("export_path", "must end with .jsonl.");
    return {
      ...args,
      sampler: sampler ?? "",
      sampler_args: sampler === undefined ? {} : readSamplerArgs({ ...args, sampler }, report),
      export_path: path ?? "",
    };
  },
});
