/** From the arguments of `data process` to the engine. */
import type { ProcessJob, ProcessOptions, ProcessReport } from "../../data/engine/job.ts";
import { createTools } from "../../data/engine/create-tools.ts";
import { processData, workFolder } from "../../data/engine/process.ts";
import { operators } from "../../data/operators/index.ts";
import { fail } from "../../base/errors.ts";
import type { DataProcessArgs } from "../../recipes/data-process.ts";
import { openServices, useText } from "./open-services.ts";

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
  const services = openServices(args, { workFolder: workFolder(args.export_path), environment, onNote, signal });
  const job: ProcessJob = {
    files: wanted,
    steps: args.process.map(({ name, args, place }) => ({ name, args, place })),
    exportPath: args.export_path,
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
  try {
    if (services !== undefined) await tryAskers(job, services);
    return await processData(job, {
      workers: args.np,
      maxMemory: args.max_memory,
      rowTimeout: args.row_timeout,
      concurrency: args.api_concurrency,
      ...(services === undefined ? {} : { services }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  } finally {
    const use = services?.used();
    if (use !== undefined && use.requests + use.kept > 0) onNote(useText(use));
  }
}

/** Wrong prompts and patterns are found before the first row is read, not when it comes to be asked about. */
async function tryAskers(job: ProcessJob, services: NonNullable<ProcessOptions["services"]>): Promise<void> {
  for (const { name, args } of job.steps) {
    const operator = operators.get(name);
    if (operator?.remote === true) await operator.create(args, { ...createTools(job), ...services });
  }
}
