/** Keys of `data check` and `data convert`: files of rows, and what is made of them. */
import * as z from "zod";
import { layoutNames, layouts } from "../data/convert/layouts.ts";
import { dataGroup } from "./data.ts";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { defineRecipe } from "./recipe.ts";

const filesField = field(z.array(z.string().min(1)).default([]), "Files, folders or globs of rows.");
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

export const dataCheckRecipe = defineRecipe({
  verb: "data check",
  groups: [checkGroup],
  shape: checkGroup.shape,
  positional: "dataset",
  finish: (args, report) => {
    if (args.dataset.length === 0) report("dataset", "is needed: a file of rows, for example train.jsonl.");
    return args;
  },
});

const convertGroup = defineGroup("Convert", {
  dataset: filesField,
  to: field(
    z.enum(layoutNames as [string, ...string[]]).default("messages"),
    `Layout of the result. ${layouts.map(({ name, summary }) => `${name}: ${summary}`).join(" ")}`,
  ),
  export_path: field(z.string().min(1).optional(), "File of the result: JSON lines.", { otherwise: "needed" }),
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
