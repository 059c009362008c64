/**
 * Repeated random subsets (RS2; Okanovic et al. 2023, "Repeated Random Sampling for Minimizing the Time-to-Accuracy
 * of Learning"): each epoch is a new random part of the samples. Without replacement the parts are cut from one
 * shuffle, which is made anew when less than a part is left of it, so that none comes twice before.
 *
 * An epoch has as many steps as its part, so the learning rate's schedule is as short as the run: that matters.
 * Left out: the paper drops the last, smaller step of an epoch; here it is taken.
 */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import { permutation } from "../../base/random.ts";
import { arg } from "./args.ts";
import { samplesByDataset, samplesByField } from "./groups.ts";
import { defineSampler, type SampleSet } from "./sampler.ts";
import { cutBatches, stepsOfRun } from "./steps.ts";

const NAME = "rs2";

export const rs2Sampler = defineSampler({
  name: NAME,
  summary: "A new random part of the samples each epoch.",
  source: "RS2 (Okanovic et al. 2023)",
  needsShuffle: true,
  args: {
    ratio: arg(z.number().positive().max(1).default(0.1), "Share of the samples in one epoch."),
    replacement: arg(
      z.boolean().default(false),
      "Draws each epoch from all samples, instead of from those that had no turn yet.",
    ),
    stratify_by: arg(
      z.string().min(1).optional(),
      "Takes the share of each value of this column, or with `dataset` of each dataset.",
    ),
  },
  columns: (args) => (args.stratify_by === undefined || args.stratify_by === "dataset" ? [] : [args.stratify_by]),
  order: (args, context) => {
    const { samples, seed, batchSize, accumulation } = context;
    const strata = strataOf(samples, args.stratify_by).map((stratum, i) => ({
      stratum,
      take: Math.round(args.ratio * stratum.length),
      address: `${NAME}/${i}`,
    }));
    if (args.stratify_by === undefined) {
      // floor(r N), as the paper has it; rounding is for strata.
      for (const only of strata) only.take = Math.max(1, Math.floor(args.ratio * only.stratum.length + 1e-9));
    }
    const size = strata.reduce((sum, { take }) => sum + take, 0);
    if (size === 0) {
      fail("E_DATA_SELECTION", {
        where: `${NAME}: ratio`,
        what: `${args.ratio} of each of ${strata.length} groups is less than one sample.`,
        fix: "Raise the ratio, or leave out stratify_by.",
      });
    }
    let known: { readonly epoch: number; readonly subset: readonly number[] } | undefined;
    const subsetOf = (epoch: number): readonly number[] => {
      if (known?.epoch === epoch) return known.subset;
      const parts = strata.flatMap((one) => partOf(one, { epoch, seed, replacement: args.replacement }));
      const subset =
        strata.length === 1
          ? parts
          : Array.from(permutation(parts.length, seed, NAME, "order", epoch), (i) => parts[i] as number);
      known = { epoch, subset };
      return subset;
    };
    const perStep = batchSize * accumulation;
    const stepsPerEpoch = Math.ceil(size / perStep);
    return {
      stepsPerEpoch,
      steps: stepsOfRun(stepsPerEpoch, context),
      batchesOf: (step) => {
        const at = ((step - 1) % stepsPerEpoch) * perStep;
        return cutBatches(subsetOf(Math.floor((step - 1) / stepsPerEpoch)).slice(at, at + perStep), batchSize);
      },
      notes: [`rs2: ${size} of ${samples.size} samples each epoch.`],
    };
  },
});

function strataOf(samples: SampleSet, key: string | undefined): readonly (readonly number[])[] {
  if (key === undefined) return [Array.from({ length: samples.size }, (_, i) => i)];
  return key === "dataset" ? samplesByDataset(samples, NAME) : [...samplesByField(samples, key, NAME).values()];
}

interface Stratum {
  readonly stratum: readonly number[];
  readonly take: number;
  readonly address: string;
}

function partOf(
  { stratum, take, address }: Stratum,
  { epoch, seed, replacement }: { readonly epoch: number; readonly seed: number; readonly replacement: boolean },
): readonly number[] {
  if (take === 0) return [];
  const parts = replacement ? 1 : Math.floor(stratum.length / take);
  const order = permutation(stratum.length, seed, address, Math.floor(epoch / parts));
  const start = (epoch % parts) * take;
  return Array.from(order.subarray(start, start + take), (i) => stratum[i] as number);
}
