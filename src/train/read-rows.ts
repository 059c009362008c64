/** The rows of a run, as its arguments name them. */
import { loadRows } from "../data/dataset.ts";
import type { Purpose, Row } from "../data/row.ts";
import type { Sampler } from "../data/samplers/sampler.ts";
import { filesOf } from "../data/source.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import { withSystem } from "./encode-options.ts";
import type { TrainEvents } from "./events.ts";

/** What the run reads beside the model that was loaded. */
export async function inputsOf(args: TrainingArgs): Promise<readonly string[]> {
  const files = await Promise.all(
    [...args.dataset, ...args.val_dataset].map((spec) => filesOf(spec.replace(/#\d+$/, "")).catch(() => [])),
  );
  const scales = args.loss_scale.split("+").filter((name) => name.endsWith(".json"));
  return [
    ...files.flat(),
    ...scales,
    ...(args.template === undefined ? [] : [args.template]),
    args.model,
    ...args.adapters,
  ];
}

export async function readRows(args: TrainingArgs, sampler: Sampler, listeners: Required<TrainEvents>) {
  const purpose: Purpose = args.use_chat_template ? "sft" : "pt";
  const rows = await loadRows(args.dataset, {
    purpose,
    seed: args.seed,
    strict: args.strict,
    valSpecs: args.val_dataset,
    splitDatasetRatio: args.split_dataset_ratio,
    columns: args.columns,
    keepColumns: sampler.columns(args.sampler_args),
    ...(args.interleave_prob === undefined
      ? {}
      : { interleaveProb: args.interleave_prob, stoppingStrategy: args.stopping_strategy }),
    onProgress: (done) => listeners.onPrepare("reading", done, undefined),
    onNote: listeners.onNote,
  });
  const { system } = args;
  if (system === undefined) return rows;
  // A row that stands there several times stays one row.
  const known = new Map<Row, Row>();
  const given = (row: Row): Row => {
    const made = known.get(row) ?? withSystem(row, system);
    known.set(row, made);
    return made;
  };
  return {
    ...rows,
    train: rows.train.map(given),
    validation: rows.validation.map(given),
  };
}
