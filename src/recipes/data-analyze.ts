/**
 * Keys of `data analyze`: those of a recipe for `data process`, of which files, columns, operators and work matter
 * here, and what is shown. Keys about the result of processing are accepted, so that one file serves both verbs.
 */
import { availableParallelism } from "node:os";
import { basename, extname } from "node:path";
import * as z from "zod";
import { automaticSteps } from "../data/analyze/automatic-steps.ts";
import { SAMPLE_ROWS, WHOLE_BYTES } from "../data/analyze/analyze.ts";
import type { Step } from "../data/engine/steps.ts";
import {
  ceilingOf,
  dataProcessRecipe,
  datasetPaths,
  inputGroup,
  listOf,
  servicesGroup,
  workGroup,
} from "./data-process.ts";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { readProcess } from "./operator-list.ts";
import { overwriteField } from "./output.ts";
import { defineRecipe, type Given as HowGiven, type Report } from "./recipe.ts";

const dj = { source: "Data-Juicer" } as const;

const analyzeGroup = defineGroup("Analyze", {
  files: field(z.array(z.string().min(1)).default([]), "Files, folders or globs of rows.", {
    otherwise: "dataset_path",
  }),
  sample: field(z.int().min(0).optional(), "Looks at so many rows, drawn at random; 0 at all of them.", {
    aliases: ["auto_num"],
    unit: "rows",
    otherwise: `all rows of up to ${WHOLE_BYTES / 1e6} MB, else ${SAMPLE_ROWS}`,
  }),
  auto: field(
    z.boolean().default(false),
    "Measures with every filter that needs no argument, even if the recipe has a process list.",
    dj,
  ),
  percentiles: field(
    z.array(z.number().min(0).max(1)).default([]),
    "Shares to be shown beside the quartiles, such as 0.05 and 0.95.",
    dj,
  ),
  instructions: field(
    z.int().min(0).default(1500),
    "Reads about so many instructions, drawn at random, for their verb and its object; each takes a millisecond.",
    { unit: "rows" },
  ),
  report: field(
    z.string().min(1).optional(),
    "File of the page, one HTML file that asks for nothing else. none writes no page.",
    { otherwise: "analysis/NAME.html; none with --json" },
  ),
  suggest: field(
    z.string().min(1).optional(),
    "File of the suggested recipe: thresholds at three standard deviations around the mean. none writes no recipe.",
    { otherwise: "analysis/NAME.yaml; none with --json" },
  ),
  overwrite: overwriteField,
  json: field(z.boolean().default(false), "Prints everything that was found as JSON."),
});

const processGroup = defineGroup("Operators", {
  process: field(
    z.array(z.unknown()).default([]),
    "List of operators: its filters measure, and what writes tags; others are passed over.",
    { ...dj, otherwise: "every filter that needs no argument" },
  ),
});

const here: ReadonlySet<string> = new Set(
  [inputGroup, analyzeGroup, processGroup, workGroup, servicesGroup].flatMap(({ shape }) => Object.keys(shape)),
);

/** Keys of `data process` that say what comes of processing. */
const passedOver = [...dataProcessRecipe.fields.keys()].filter((key) => !here.has(key));

const ignoredGroup = defineGroup(
  "Without effect here",
  Object.fromEntries(
    passedOver.map((key) => [
      key,
      field(z.unknown().optional(), "Accepted from recipes of data process.", { ...dj, otherwise: "" }),
    ]),
  ),
  { brief: true },
);

export const dataAnalyzeShape = {
  ...analyzeGroup.shape,
  ...inputGroup.shape,
  ...processGroup.shape,
  ...workGroup.shape,
  ...servicesGroup.shape,
};

const shape = { ...dataAnalyzeShape, ...ignoredGroup.shape };

type Given = z.output<z.ZodObject<typeof shape, z.core.$strict>>;

export type DataAnalyzeArgs = Omit<Given, "files" | "process" | "max_memory" | "report" | "suggest" | "api_cache"> & {
  /** Paths, folders or globs. */
  readonly files: readonly string[];
  readonly process: readonly Step[];
  /** Whether the steps are all filters that need no argument. */
  readonly auto: boolean;
  readonly text_key: string;
  /** Whether a file named the endpoint, and not the person. */
  readonly api_endpoint_of_file: boolean;
  readonly suffixes: readonly string[];
  readonly np: number;
  /** Bytes. */
  readonly max_memory: number;
  /** Undefined writes none. */
  readonly report: string | undefined;
  readonly suggest: string | undefined;
  /** Folder of answers. */
  readonly api_cache: string;
};

function finish(args: Given, report: Report, { overrides, fileKeys }: HowGiven): DataAnalyzeArgs {
  const files = args.files.length > 0 ? args.files : filesOfRecipe(args, report);
  const [key = "text"] = listOf(args.text_keys);
  const common = { text_key: key, image_key: args.image_key, audio_key: args.audio_key, video_key: args.video_key };
  const np = args.np ?? availableParallelism();
  const auto = args.auto || args.process.length === 0;
  const steps = readProcess(args.process, { overrides, common, report });
  const written = (path: string | undefined, ending: string): string | undefined => {
    if (path === "none") return undefined;
    return path ?? (args.json ? undefined : `analysis/${nameOf(files)}${ending}`);
  };
  return {
    ...args,
    api_endpoint_of_file: fileKeys.has("api_endpoint"),
    files,
    process: auto ? automaticSteps(common) : steps,
    auto,
    text_key: key,
    suffixes: listOf(args.suffixes).map((name) => (name.startsWith(".") ? name : `.${name}`)),
    np,
    max_memory: ceilingOf(args.max_memory, np, report),
    report: written(args.report, ".html"),
    suggest: written(args.suggest, ".yaml"),
    api_cache: args.api_cache ?? `analysis/.${nameOf(files)}.answers`,
  };
}

/** Those that `data process` would read. */
function filesOfRecipe(args: Given, report: Report): readonly string[] {
  if (args.dataset_path !== undefined || args.dataset !== undefined) return datasetPaths(args, report);
  report("files", "is needed: a file of rows, for example train.jsonl.");
  return [];
}

/** "train" of "data/train.jsonl.gz"; the first of several. */
function nameOf([first = ""]: readonly string[]): string {
  const name = basename(first).replace(/\.(gz|zst)$/i, "");
  const stem = name.slice(0, name.length - extname(name).length).replaceAll(/[^\w.-]+/g, "-");
  return stem.replace(/^[-.]+/, "") || "rows";
}

export const dataAnalyzeRecipe = defineRecipe({
  verb: "data analyze",
  groups: [analyzeGroup, inputGroup, processGroup, workGroup, servicesGroup, ignoredGroup],
  shape,
  positional: "files",
  finish,
  dotted: true,
});
