/**
 * Keys of `data process`: a recipe of Data-Juicer as it is. Its global keys have their meaning and defaults; those
 * that say how Data-Juicer does its work, and not what comes of it, are accepted and named as being without effect.
 */
import { availableParallelism } from "node:os";
import { extname } from "node:path";
import * as z from "zod";
import { suggest } from "../base/suggest.ts";
import { exportTypes, type ExportType } from "../data/engine/job.ts";
import { LEAST_MEMORY, memoryFor } from "../data/engine/memory.ts";
import { isOff, onlyOff, withoutEffect } from "./data-juicer-keys.ts";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { namesOf, readProcess, type ProcessStep } from "./operator-list.ts";
import { parseBytes } from "./byte-size.ts";
import { overwriteField } from "./output.ts";
import { defineRecipe, type Given as HowGiven, type Report } from "./recipe.ts";

const dj = { source: "Data-Juicer" } as const;

const text = (fallback: string, description: string) => field(z.string().default(fallback), description, dj);

export const inputGroup = defineGroup("Data", {
  dataset_path: field(
    z.union([z.string().min(1), z.array(z.string().min(1))]).optional(),
    "Files, folders or globs: jsonl, json, csv, tsv, parquet, also with .gz or .zst. Text files (txt, md, tex, py, html and " +
      "the like) are one document each. Of a folder every file that can be read is, whatever split its name speaks of.",
    dj,
  ),
  dataset: field(
    z
      .strictObject({
        configs: z.array(z.looseObject({ type: z.string(), path: z.string().optional() })),
        max_sample_num: z.number().int().min(1).optional(),
      })
      .optional(),
    "The other way to name data: {configs: [{type: local, path: ...}]}. dataset_path wins over it.",
    dj,
  ),
  text_keys: field(
    z.union([z.string().min(1), z.array(z.string().min(1))]).default("text"),
    "Column of the text that operators work on; of several the first. Rows without it that are conversations are " +
      "worked on message by message.",
    dj,
  ),
  suffixes: field(z.union([z.string(), z.array(z.string())]).default([]), "Reads only files with these suffixes.", dj),
  image_key: text("images", "Column of the images."),
  audio_key: text("audios", "Column of the audios."),
  video_key: text("videos", "Column of the videos."),
});

const processGroup = defineGroup("Operators", {
  process: field(
    z.array(z.unknown()).default([]),
    "List of operators, each with its arguments: docs/operators.md. --OPERATOR.ARGUMENT=VALUE changes one.",
    dj,
  ),
});

const resultGroup = defineGroup("Result", {
  export_path: field(
    z.string().min(1).optional(),
    "File of the result; its suffix says the format, jsonl when there is none.",
    {
      ...dj,
      otherwise: "needed",
    },
  ),
  overwrite: overwriteField,
  export_type: field(z.enum(exportTypes).optional(), "Format of the result.", {
    ...dj,
    otherwise: "by the suffix of export_path",
  }),
  export_shard_size: field(z.number().min(0).default(0), "Splits the result into shards of about so many bytes.", {
    ...dj,
    unit: "bytes",
  }),
  keep_stats_in_res_ds: field(
    z.boolean().default(false),
    "Keeps statistics, tags and lineage in the rows (__dj__stats__, __dj__meta__). They are written beside the result anyway.",
    dj,
  ),
  open_tracer: field(z.boolean().default(false), "Notes examples of what each operator changed and dropped.", dj),
  op_list_to_trace: field(z.array(z.string()).default([]), "Traces only these operators.", { ...dj, otherwise: "all" }),
  report: field(
    z.string().min(1).optional(),
    "Writes one HTML page that shows what each operator dropped and changed, word by word. Turns the tracer on.",
    { otherwise: "none" },
  ),
  trace_num: field(z.int().min(1).default(10), "Examples of each operator.", dj),
});

export const workGroup = defineGroup("Work", {
  np: field(
    z.int().min(0).optional(),
    "Worker threads. 0 works in the main thread, where nothing ends an operator that hangs.",
    {
      ...dj,
      otherwise: "one for each core",
    },
  ),
  max_memory: field(
    z.string().optional(),
    "Ceiling of the memory, for example 512MiB: rows wait on disk, not in memory. Where it is too little for np workers there are fewer. A row group of a Parquet file may take an eighth of it.",
    { otherwise: "192MiB and 320MiB for each worker" },
  ),
  row_timeout: field(
    z.number().positive().default(30),
    "An operator that takes longer on one row is ended; the row is bad.",
    {
      unit: "seconds",
    },
  ),
  strict: field(z.boolean().default(false), "Ends at the first bad row instead of setting it aside."),
  seed: field(z.int().min(0).max(0xffff_ffff).default(42), "Seed of all draws."),
  allow_code: field(
    z.boolean().default(false),
    "Lets the recipe run code of its own (python_lambda_mapper, python_file_mapper). Only for recipes you trust; a recipe cannot say it.",
    { consent: true },
  ),
});

export const servicesGroup = defineGroup("Models", {
  api_endpoint: field(
    z.string().optional(),
    "Address of an OpenAI-compatible API for operators that ask a model. It gets the key in OPENAI_API_KEY, unless OPENAI_BASE_URL is another one, or a recipe names the address.",
    {
      otherwise: "OPENAI_BASE_URL",
    },
  ),
  api_model: field(z.string().optional(), "Model for operators that name none.", {
    otherwise: "the only one of the server",
  }),
  api_concurrency: field(z.int().min(1).default(8), "Questions under way at one time."),
  api_timeout: field(z.number().positive().max(300).default(120), "Time for one answer.", { unit: "seconds" }),
  api_max_requests: field(
    z.int().min(1).optional(),
    "Budget of requests, those of earlier tries of the run included; the run ends when it is used up.",
  ),
  api_max_tokens: field(
    z.int().min(1).optional(),
    "Budget of tokens, those of earlier tries included; what is under way then may go beyond it.",
  ),
  api_cache: field(z.string().optional(), "Folder that keeps answers, so that nothing is asked twice.", {
    otherwise: ".NAME.answers beside export_path; analysis/.NAME.answers for data analyze",
  }),
});

const executorGroup = defineGroup("Executor", {
  executor_type: field(z.enum(["default", "ray"]).default("default"), "This machine, or a Ray cluster.", {
    ...dj,
    aliases: ["executor"],
  }),
  ray_address: field(
    z.string().default("auto"),
    "The cluster: auto is the one that this machine belongs to, else HOST:PORT of its head, which the command line alone may name.",
    { ...dj, consent: true },
  ),
  ray_python: field(z.string().min(1).optional(), "Python that has ray installed; a recipe cannot name it.", {
    consent: true,
    otherwise: "TUNESMITH_RAY_PYTHON, or python3",
  }),
  ray_workers: field(z.int().min(1).optional(), "Worker processes on the cluster; np is for this machine alone.", {
    otherwise: "one for each CPU of the cluster",
  }),
});

const foreign = (description: string) => field(z.unknown().optional(), description, { ...dj, otherwise: "" });

const ignoredGroup = defineGroup(
  "Without effect here",
  Object.fromEntries([
    ...Object.entries(withoutEffect).map(([key, why]) => [
      key,
      foreign(`Accepted from Data-Juicer's recipes: ${why}.`),
    ]),
    ...Object.entries(onlyOff).map(([key, why]) => [
      key,
      foreign(`Accepted from Data-Juicer's recipes when off: ${why}.`),
    ]),
  ]) as Readonly<Record<string, ReturnType<typeof foreign>>>,
  { brief: true },
);

export const dataProcessShape = {
  ...inputGroup.shape,
  ...processGroup.shape,
  ...resultGroup.shape,
  ...workGroup.shape,
  ...servicesGroup.shape,
  ...executorGroup.shape,
};

const shape = { ...dataProcessShape, ...ignoredGroup.shape };

type Given = z.output<z.ZodObject<typeof shape, z.core.$strict>>;

export type DataProcessArgs = Omit<Given, "dataset_path" | "dataset" | "process" | "export_path" | "max_memory"> & {
  /** Paths, folders or globs. */
  readonly dataset_path: readonly string[];
  readonly process: readonly ProcessStep[];
  readonly export_path: string;
  readonly export_type: ExportType;
  readonly text_key: string;
  /** Whether a file named the endpoint, and not the person. */
  readonly api_endpoint_of_file: boolean;
  readonly suffixes: readonly string[];
  readonly np: number;
  /** Bytes. */
  readonly max_memory: number;
};

export const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

function finish(args: Given, report: Report, { overrides, fileKeys }: HowGiven): DataProcessArgs {
  const paths = datasetPaths(args, report);
  for (const [key, why] of Object.entries(onlyOff)) {
    if (!isOff((args as Readonly<Record<string, unknown>>)[key])) report(key, `has no meaning here: ${why}.`);
  }
  const { export_path: exportPath = "" } = args;
  if (exportPath === "") report("export_path", "is needed: the file of the result, for example clean.jsonl.");
  const suffix = extname(exportPath).slice(1).toLowerCase();
  // A name without suffix is one of JSON lines, as in Data-Juicer's recipes for Ray.
  const type = args.export_type ?? (suffix === "" ? "jsonl" : exportTypes.find((name) => name === suffix));
  if (exportPath !== "" && type === undefined) {
    report(
      "export_path",
      `must end with ${exportTypes.map((name) => `.${name}`).join(", ")}, or export_type must say the format.`,
      [],
    );
  }
  const [key = "text"] = listOf(args.text_keys);
  const common = { text_key: key, image_key: args.image_key, audio_key: args.audio_key, video_key: args.video_key };
  const steps = readProcess(args.process, { overrides, common, report });
  const np = args.np ?? availableParallelism();
  const used = namesOf(args.process);
  for (const [i, name] of args.op_list_to_trace.entries()) {
    if (used.includes(name)) continue;
    const near = suggest(name, used);
    const hint = near === undefined ? "." : `; did you mean ${near}?`;
    report("op_list_to_trace", `the recipe has no ${name}${hint}`, [i]);
  }
  return {
    ...args,
    api_endpoint_of_file: fileKeys.has("api_endpoint"),
    open_tracer: args.open_tracer || args.report !== undefined,
    dataset_path: paths,
    process: steps,
    export_path: exportPath,
    export_type: type ?? "jsonl",
    text_key: key,
    suffixes: listOf(args.suffixes).map((name) => (name.startsWith(".") ? name : `.${name}`)),
    np,
    max_memory: ceilingOf(args.max_memory, np, report),
  };
}

/** Bytes that the process may take: what is written, or what so many workers want. */
export function ceilingOf(text: string | undefined, np: number, report: Report): number {
  if (text === undefined) return memoryFor(np);
  let told = false;
  const bytes = parseBytes(text, (problem) => {
    told = true;
    report("max_memory", problem, []);
  });
  if (!told && bytes < LEAST_MEMORY) {
    report(
      "max_memory",
      `must be at least ${LEAST_MEMORY / 2 ** 20}MiB, the least with which one worker works; got ${text}.`,
      [],
    );
  }
  return bytes;
}

/** `dataset_path` wins over `dataset`, as in Data-Juicer (core/data/dataset_builder.py). */
export function datasetPaths(args: Pick<Given, "dataset" | "dataset_path">, report: Report): readonly string[] {
  const { dataset, dataset_path: path } = args;
  if (path !== undefined) return listOf(path);
  if (dataset === undefined) {
    report("dataset_path", "is needed: a file, a folder or a glob of rows.");
    return [];
  }
  if (dataset.max_sample_num !== undefined) {
    report("dataset", "max_sample_num is not supported; add a random_selector with select_num to the operators.", [
      "max_sample_num",
    ]);
  }
  return dataset.configs.flatMap((config, i) => {
    if (config.type !== "local") {
      report("dataset", `type ${config.type} is not supported: only local files are.`, ["configs", i, "type"]);
    } else if (config.path === undefined) report("dataset", "a local dataset needs its path.", ["configs", i]);
    if (config["weight"] !== undefined && config["weight"] !== 1) {
      report("dataset", "weights are not supported here; sft and pt mix datasets.", ["configs", i, "weight"]);
    }
    return config.path === undefined ? [] : [config.path];
  });
}

export const dataProcessRecipe = defineRecipe({
  verb: "data process",
  groups: [inputGroup, processGroup, resultGroup, workGroup, servicesGroup, executorGroup, ignoredGroup],
  shape,
  finish,
  dotted: true,
});
