/** From the arguments of `data process` to the engine. */
import { basename, dirname, join } from "node:path";
import type { Cluster, ProcessJob, ProcessOptions, ProcessReport } from "../../data/engine/job.ts";
import { processData, workFolder } from "../../data/engine/process.ts";
import { fail } from "../../base/errors.ts";
import type { DataProcessArgs } from "../../recipes/data-process.ts";
import { openServices, tryAskers, useText } from "./open-services.ts";

export interface RunOptions extends Pick<ProcessOptions, "signal" | "onProgress"> {
  /** Told what a person should know meanwhile. */
  readonly onNote: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export async function runRecipe(
  args: DataProcessArgs,
  files: readonly string[],
  { signal, onProgress, onNote, environment }: RunOptions,
): Promise<ProcessReport> {
  const wanted = files.filter((file) => args.suffixes.length === 0 || args.suffixes.some((end) => file.endsWith(end)));
  if (wanted.length === 0) {
    fail("E_DATA_FILE", { where: "suffixes", what: `no file ends with ${args.suffixes.join(", ")}.` });
  }
  const { export_path: path } = args;
  const services = openServices(args, {
    ledger: join(workFolder(path), "asked"),
    cache: join(dirname(path), `.${basename(path)}.answers`),
    environment,
    onNote,
    signal,
  });
  const job: ProcessJob = {
    files: wanted,
    steps: args.process.map(({ name, args, place }) => ({ name, args, place })),
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
    return await processData(job, {
      workers: args.np,
      maxMemory: args.max_memory,
      rowTimeout: args.row_timeout,
      concurrency: args.api_concurrency,
      ...(services === undefined ? {} : { services }),
      ...(cluster === undefined ? {} : { cluster }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  } finally {
    await cluster?.close();
    const use = services?.used();
    if (use !== undefined && use.requests + use.kept > 0) onNote(useText(use));
  }
}

interface OpenClusterOptions extends Pick<RunOptions, "onNote" | "environment"> {
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
