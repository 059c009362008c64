/** Keys that say which samples a run takes: a sampler by name, its arguments, and ms-swift's interleaving. */
import * as z from "zod";
import { stoppingStrategies, wrongProbabilities } from "../data/mixing.ts";
import { samplers } from "../data/samplers/index.ts";
import type { Sampler } from "../data/samplers/sampler.ts";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { readNestedArgs } from "./nested-args.ts";
import type { Report } from "./recipe.ts";

const names = [...samplers.keys()] as [string, ...string[]];

export const samplerFields = {
  sampler: field(
    z.enum(names).default(names[0]),
    "Which samples are taken, and in which order. docs/samplers.md says what each does.",
  ),
  sampler_args: field(
    z.record(z.string(), z.unknown()).default({}),
    'Arguments of the sampler, as {"weights": [3, 1]}: docs/samplers.md lists them.',
  ),
};

export const samplingGroup = defineGroup("Sampling", {
  ...samplerFields,
  interleave_prob: field(
    z.array(z.number()).optional(),
    "Draws rows of the datasets by turns with these probabilities, one for each, adding up to 1. mixture is exact instead.",
    { source: "ms-swift", otherwise: "one dataset after the other, then shuffled" },
  ),
  stopping_strategy: field(
    z.enum(stoppingStrategies).default("first_exhausted"),
    "When interleaving ends: as soon as one dataset is used up, or when all are.",
    { source: "ms-swift" },
  ),
});

interface SamplerArgs {
  readonly sampler: string;
  readonly sampler_args: Readonly<Record<string, unknown>>;
}

/** Arguments of the sampler with their defaults; each mistake is reported with its place. */
export function readSamplerArgs(args: SamplerArgs, report: Report): Readonly<Record<string, unknown>> {
  const { name, schema, check } = samplers.get(args.sampler) as Sampler;
  const parsed = readNestedArgs(args.sampler_args, { key: "sampler_args", name, schema }, report);
  if (parsed === undefined) return {};
  check(parsed, (key, problem) => report("sampler_args", `${name}.${key}: ${problem}`, [key]));
  return parsed;
}

interface TrainingSampling extends SamplerArgs {
  readonly dataset: readonly string[];
  readonly val_dataset: readonly string[];
  readonly split_dataset_ratio: number;
  readonly dataset_shuffle: boolean;
  readonly packing: boolean;
  readonly group_by_length: boolean;
  readonly interleave_prob?: readonly number[] | undefined;
}

/** What training asks of a sampler beside its arguments. */
export function checkSampling(args: TrainingSampling, report: Report): void {
  const { name, ...sampler } = samplers.get(args.sampler) as Sampler;
  if (args.packing && sampler.order !== undefined) {
    report("packing", `cannot be used with the sampler ${name}, which counts samples: a pack is several of them.`);
  }
  if (args.group_by_length) {
    const other = args.packing ? "packing, which fills rows to one length" : undefined;
    const refused = other ?? (sampler.order === undefined ? undefined : `the sampler ${name}, which says the order`);
    if (refused !== undefined) report("group_by_length", `cannot be used with ${refused}.`);
    if (!args.dataset_shuffle) report("group_by_length", "changes the order, and dataset_shuffle is off.");
  }
  if (!args.dataset_shuffle && sampler.needsShuffle) {
    report("dataset_shuffle", `must be on for the sampler ${name}, which draws at random.`);
  }
  if (sampler.needsEvaluation && args.val_dataset.length === 0 && args.split_dataset_ratio === 0) {
    report("sampler", `${name} learns from evaluation losses: give val_dataset or split_dataset_ratio.`);
  }
  if (args.interleave_prob === undefined) return;
  if (sampler.mixesDatasets) {
    report("interleave_prob", `cannot be used with the sampler ${name}, which says itself how datasets are mixed.`);
  }
  const wrong = wrongProbabilities(args.interleave_prob, args.dataset.length);
  if (wrong !== undefined) report("interleave_prob", wrong);
}
