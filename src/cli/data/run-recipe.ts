/** From the arguments of `data process` to its result: for the command line and for users of the library. */
import { basename, dirname, join } from "node:path";
import type { Cluster, ProcessJob, ProcessOptions, ProcessReport } from "../../data/engine/job.ts";
import { processData, workFolder } from "../../data/engine/process.ts";
import { checkTextKeys } from "../../data/check-text-keys.ts";
import { isResultOf } from "../../data/engine/paths.ts";
import { describePassedOver, findFiles } from "../../data/source.ts";
import { writeFileAtomic } from "../../formats/atomic.ts";
import { makeFolder } from "../../formats/make-folder.ts";
import { checkOutputFile } from "../../formats/output.ts";
import { fail } from "../../base/errors.ts";
import type { DataProcessArgs } from "../../recipes/data-process.ts";
import { withOwnLists } from "./own-lists.ts";
import { openServices, tryAskers, useText } from "./open-services.ts";
import { processPage } from "./page/process-page.ts";
import { readTraces } from "./read-traces.ts";

export interface RunRecipeOptions extends Pick<ProcessOptions, "signal" | "onProgress"> {
  /** Told what a person should know meanwhile. */
  readonly onNote?: (text: string) => void;
  /** Default: that of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The file of arguments, which no result may replace. */
  readonly recipeFiles?: readonly string[];
}

/** @throws E_OUTPUT_*, E_DATA_FILE, E_DATA_ENDPOINT, E_DATA_RAY; what the engine throws (data/engine/process.ts) */
export async function runRecipe(
  args: DataProcessArgs,
  { signal, onProgress, onNote = () => undefined, environment = process.env, recipeFiles = [] }: RunRecipeOptions = {},
): Promise<ProcessReport> {
  const inputs = args.dataset_path.map((path) => inputsOf(path, args.export_path, onNote));
  const files = (await Promise.all(inputs)).flat();
  const wanted = files.filter((file) => args.suffixes.length === 0 || args.suffixes.some((end) => file.endsWith(end)));
  if (wanted.length === 0) {
    fail("E_DATA_FILE", { where: "suffixes", what: `no file ends with ${args.suffixes.join(", ")}.` });
  }
  const { export_path: path, overwrite } = args;
  const read = [...wanted, ...recipeFiles];
  if (args.report !== undefined) await checkOutputFile(args.report, { inputs: read, overwrite });
  // Whether a result is there already says the engine, which knows its own.
  await checkOutputFile(path, { inputs: recipeFiles, overwrite: true });
  await checkTextKeys(wanted, args.text_keys);
  for (const { name, args: given } of args.process) {
    if (given["short_texts"] !== "alike") continue;
    const window = String(given["window_size"]);
    onNote(
      `${name}: of texts with less than ${window} pieces (window_size) only the first stays, as in Data-Juicer; ` +
        "short_texts: apart tells them apart",
    );
  }
  const services = openServices(args, {
    ledger: join(workFolder(path), "asked"),
    cache: join(dirname(path), `.${basename(path)}.answers`),
    environment,
    onNote,
    signal,
  });
  const job: ProcessJob = {
    files: wanted,
    steps: await withOwnLists(
      args.process.map(({ name, args, place }) => ({ name, args, place })),
      onNote,
    ),
    exportPath: path,
    exportType: args.export_type,
    exportShardSize: args.export_shard_size,
    keepStats: args.keep_stats_in_res_ds,
    seed: args.seed,
    ...(services === undefined || args.api_model === undefined ? {} : { model: args.api_model }),
    base: process.cwd(),
    allowCode: args.allow_code,
    strict: args.strict,
    traceRows: args.open_tracer ? args.trace_num : 0,
    traceOperators: args.op_list_to_trace,
  };
  let cluster: Cluster | undefined;
  try {
    if (services !== undefined) await tryAskers(job.steps, job, services);
    if (args.executor_type === "ray") cluster = await openCluster(args, { signal, onNote, environment });
    const report = await processData(job, {
      workers: args.np,
      maxMemory: args.max_memory,
      rowTimeout: args.row_timeout,
      concurrency: args.api_concurrency,
      overwrite,
      ...(services === undefined ? {} : { services }),
      ...(cluster === undefined ? {} : { cluster }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    if (args.report !== undefined) {
      await makeFolder(dirname(args.report));
      await writeFileAtomic(args.report, processPage(report, await readTraces(report.traceFolder)));
    }
    return report;
  } finally {
    await cluster?.close();
    const use = services?.used();
    if (use !== undefined && use.requests + use.kept > 0) onNote(useText(use));
  }
}

/** Files of a path. A folder or glob may hold what the same command wrote before: that is no input. */
async function inputsOf(path: string, exportPath: string, onNote: (text: string) => void): Promise<readonly string[]> {
  const found = await findFiles(path, "all");
  const note = describePassedOver(path, found);
  if (note !== undefined) onNote(note);
  if (found.files.length === 1 && found.files[0] === path) return found.files;
  const inputs = found.files.filter((file) => !isResultOf(exportPath, file));
  return inputs.length > 0
    ? inputs
    : fail("E_DATA_FILE", { where: path, what: `nothing is there but results of an earlier run to ${exportPath}.` });
}

interface OpenClusterOptions extends Required<Pick<RunRecipeOptions, "onNote" | "environment">> {
  readonly signal: AbortSignal | undefined;
}

/** @throws E_DATA_RAY */
async function openCluster(args: DataProcessArgs, options: OpenClusterOptions): Promise<Cluster> {
  const { ray_address: address, ray_python: given, ray_workers: workers } = args;
  const { signal, onNote, environment } = options;
  const python = given ?? environment["TUNESMITH_RAY_PYTHON"] ?? "python3";
  const { connectRay } = await import("../../data/ray/cluster.ts");
  const cluster = await connectRay({
    address,
    python,
    onNote,
    ...(workers === undefined ? {} : { workers }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { nodes, cpus } = cluster;
  onNote(`Ray cluster: ${nodes} ${nodes === 1 ? "node" : "nodes"}, ${cpus} ${cpus === 1 ? "worker" : "workers"}`);
  return cluster;
}
