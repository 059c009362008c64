/** From the arguments of `data process` to the engine. */
import type { Cluster, ProcessJob, ProcessOptions, ProcessReport } from "../../data/engine/job.ts";
import { processData } from "../../data/engine/process.ts";
import { fail } from "../../base/errors.ts";
import type { DataProcessArgs } from "../../recipes/data-process.ts";

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
  const cluster = args.executor_type === "ray" ? await openCluster(args, { signal, onNote, environment }) : undefined;
  try {
    return await processData(jobOf(args, wanted), {
      workers: args.np,
      maxMemory: args.max_memory,
      rowTimeout: args.row_timeout,
      concurrency: args.api_concurrency,
      ...(cluster === undefined ? {} : { cluster }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  } finally {
    await cluster?.close();
  }
}

async function openCluster(
  { ray_address: address, ray_python: given, ray_workers: workers }: DataProcessArgs,
  {
    signal,
    onNote,
    environment,
  }: Pick<RunOptions, "onNote" | "environment"> & {
    readonly signal: AbortSignal | undefined;
  },
): Promise<Cluster> {
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

const jobOf = (args: DataProcessArgs, files: readonly string[]): ProcessJob => ({
  files,
  steps: args.process,
  exportPath: args.export_path,
  exportType: args.export_type,
  exportShardSize: args.export_shard_size,
  keepStats: args.keep_stats_in_res_ds,
  seed: args.seed,
  base: process.cwd(),
  allowCode: args.allow_code,
  strict: args.strict,
  traceRows: args.open_tracer ? args.trace_num : 0,
  traceOperators: args.op_list_to_trace,
});
