/** Keys of `data check` and `data convert`: files of rows, and what is made of them. */
import * as z from "zod";
import { layoutNames, layouts } from "../data/convert/layouts.ts";
import { dataGroup, lengthGroup } from "./data.ts";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { modelGroup } from "./model.ts";
import { overwriteField } from "./output.ts";
import { defineRecipe } from "./recipe.ts";
import { lossScaleGroup, templateGroup } from "./template.ts";

const filesField = field(
  z.array(z.string().min(1)).default([]),
  "Files, folders or globs of rows; of a folder what training reads.",
);
const columnsField = field(dataGroup.shape.columns, "Renames columns before rows are read.", { source: "ms-swift" });

const checkGroup = defineGroup("Check", {
  dataset: filesField,
  columns: columnsField,
  for: field(
    z.enum(["sft", "pt", "infer"]).default("sft"),
    "What the rows are for: each wants something else of them.",
  ),
  media: field(z.boolean().default(false), "Lets rows have images, videos and audios."),
  json: field(z.boolean().default(false), "Prints the result as JSON."),
});

/** How the model that the rows are for would read them. */
const readingGroup = defineGroup("With the model that the rows are for", {
  model: field(
    modelGroup.shape.model,
    "Also looks at what this model makes of the rows: length, chat template, tools, token ids. A folder, a GGUF file or a name on the hub.",
    { source: "ms-swift", otherwise: "shapes and fields alone are looked at" },
  ),
  revision: modelGroup.shape.revision,
  allow_config_keys: modelGroup.shape.allow_config_keys,
  template: templateGroup.shape.template,
  use_chat_template: field(z.boolean().optional(), "Render messages with the chat template.", {
    source: "ms-swift",
    otherwise: "false for pt, else true",
  }),
  system: templateGroup.shape.system,
  agent_template: templateGroup.shape.agent_template,
  loss_scale: field(lossScaleGroup.shape.loss_scale.unwrap().optional(), "Which tokens are trained, as for sft.", {
    source: "ms-swift",
    otherwise: "all for pt, else default",
  }),
  max_length: lengthGroup.shape.max_length,
  truncation_strategy: lengthGroup.shape.truncation_strategy,
});

export const dataCheckRecipe = defineRecipe({
  verb: "data check",
  groups: [checkGroup, readingGroup],
  shape: { ...checkGroup.shape, ...readingGroup.shape },
  positional: "dataset",
  finish: (args, report) => {
    if (args.dataset.length === 0) report("dataset", "is needed: a file of rows, for example train.jsonl.");
    const { model, revision, template, system, agent_template, loss_scale, max_length, use_chat_template } = args;
    const beside = { revision, template, system, agent_template, loss_scale, max_length, use_chat_template };
    if (model === undefined) {
      for (const [key, value] of Object.entries(beside))
        if (value !== undefined) report(key, "is for model, which is not given.");
    } else if (args.media) report("media", "cannot be given together with model: it reads text alone.");
    const plain = args.for === "pt";
    return {
      ...args,
      use_chat_template: use_chat_template ?? !plain,
      loss_scale: loss_scale ?? (plain ? "all" : "default"),
    };
  },
});

export type DataCheckArgs = ReturnType<typeof dataCheckRecipe.finish>;

const convertGroup = defineGroup("Convert", {
  dataset: filesField,
  to: field(
    z.enum(layoutNames as [string, ...string[]]).default("messages"),
    `Layout of the result. ${layouts.map(({ name, summary }) => `${name}: ${summary}`).join(" ")}`,
  ),
  export_path: field(z.string().min(1).optional(), "File of the result: JSON lines.", { otherwise: "needed" }),
  overwrite: overwriteField,
  columns: columnsField,
  strict: field(z.boolean().default(false), "Ends at the first row that cannot be converted."),
});

export const dataConvertRecipe = defineRecipe({
  verb: "data convert",
  groups: [convertGroup],
  shape: convertGroup.shape,
  positional: "dataset",
  finish: (args, report) => {
    if (args.dataset.length === 0) report("dataset", "is needed: a file of rows, for example train.json.");
    if (args.export_path === undefined)
      report("export_path", "is needed: the file of the result, for example rows.jsonl.");
    else if (!args.export_path.endsWith(".jsonl")) report("export_path", "must end with .jsonl.");
    return { ...args, export_path: args.export_path ?? "" };
  },
});

const sqlGroup = defineGroup("SQL", {
  query: field(
    z.array(z.string()).default([]),
    "A query of DuckDB, then files. Files are the table `rows`, or are named in the query: FROM 'rows.jsonl'.",
  ),
  export_path: field(z.string().min(1).optional(), "Writes the result into this file: jsonl, csv or parquet.", {
    otherwise: "shows it",
  }),
  overwrite: overwriteField,
  limit: field(z.int().min(1).default(40), "Rows that are shown at most."),
  max_memory: field(z.string().default("1GiB"), "Memory that DuckDB may take; what does not fit goes to disk."),
  json: field(z.boolean().default(false), "Prints rows as JSON lines."),
});

export const dataSqlRecipe = defineRecipe({
  verb: "data sql",
  groups: [sqlGroup],
  shape: sqlGroup.shape,
  positional: "query",
  finish: (args, report) => {
    const [query = "", ...files] = args.query;
    if (query.trim() === "") report("query", "is needed: for example \"SELECT count(*) FROM 'rows.jsonl'\".");
    if (args.export_path !== undefined && !/\.(jsonl|csv|parquet)$/.test(args.export_path)) {
      report("export_path", "must end with .jsonl, .csv or .parquet.");
    }
    return { ...args, query, files };
  },
});
