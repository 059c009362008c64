/** From the arguments of `data process` to the engine. */
import type { ProcessOptions, ProcessReport } from "../../data/engine/job.ts";
import { processData } from "../../data/engine/process.ts";
import { fail } from "../../base/errors.ts";
import type { DataProcessArgs } from "../../recipes/data-process.ts";

export async function runRecipe(
  args: DataProcessArgs,
  files: readonly string[],
  { signal, onProgress }: Pick<ProcessOptions, "signal" | "onProgress">,
): Promise<ProcessReport> {
  const wanted = files.filter((file) => args.suffixes.length === 0 || args.suffixes.some((end) => file.endsWith(end)));
  if (wanted.length === 0) {
    fail("E_DATA_FILE", { where: "suffixes", what: `no file ends with ${args.suffixes.join(", ")}.` });
  }
  return processData(
    {
      files: wanted,
      steps: args.process.map(({ name, args, place }) => ({ name, args, place })),
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
    },
    {
      workers: args.np,
      maxMemory: args.max_memory,
      rowTimeout: args.row_timeout,
      concurrency: args.api_concurrency,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    },
  );
}
