/**
 * A mixture of datasets in exact proportions: after any number of draws each dataset has had its share, give or take
 * less than one sample. Shares are given, or follow from the sizes with a temperature, p_i ~ n_i^(1/T) (Arivazhagan
 * et al. 2019; T5, section 3.5.2). `max_repeats` is the ceiling of UniMax (Chung et al. 2023): what a dataset at its
 * ceiling leaves goes to the others.
 */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import { stoppingStrategies } from "../mixing.ts";
import { arg } from "./args.ts";
import { createDrawer } from "./drawer.ts";
import { samplesByDataset } from "./groups.ts";
import { defineSampler, type OrderContext } from "./sampler.ts";
import { fill } from "./shares.ts";
import { cutBatches, stepsOfRun } from "./steps.ts";

const NAME = "mixture";

interface MixtureArgs {
  readonly weights?: readonly number[] | undefined;
  readonly temperature?: number | undefined;
  readonly max_repeats?: number | undefined;
  readonly stopping_strategy?: (typeof stoppingStrategies)[number] | undefined;
}

export const mixtureSampler = defineSampler({
  name: NAME,
  summary: "Draws from the datasets in exact proportions, by weights or by size with a temperature.",
  source: "Arivazhagan et al. 2019, UniMax (Chung et al. 2023)",
  mixesDatasets: true,
  args: {
    weights: arg(
      z.array(z.number().positive()).min(1).optional(),
      "Weight of each dataset, in the order in which they are given; they need not add up to 1.",
    ),
    temperature: arg(
      z.number().positive().optional(),
      "Without weights: shares are sizes to the power 1/temperature. 1 (the default) is by size, high is equal shares.",
    ),
    max_repeats: arg(
      z.number().positive().optional(),
      "Most passes over one dataset in the whole run. What is left goes to the others; the run ends when all are through.",
    ),
    stopping_strategy: arg(
      z.enum(stoppingStrategies).optional(),
      "What an epoch is: until the first dataset is used up, or until all are. Without it, as many draws as there are samples.",
    ),
  },
  check: (args, report) => {
    if (args.weights !== undefined && args.temperature !== undefined) {
      report("temperature", "has no meaning with weights; leave one of them out.");
    }
  },
  order: (args, context) => {
    const { samples, batchSize, accumulation } = context;
    const groups = samplesByDataset(samples, NAME);
    const sizes = groups.map(({ length }) => length);
    const wanted = normalise(weightsOf(args, sizes));
    const perStep = batchSize * accumulation;
    const stepsPerEpoch = Math.ceil(drawsPerEpoch(args, sizes, wanted) / perStep);
    const planned = stepsOfRun(stepsPerEpoch, context);
    const ceilings = sizes.map((size) => size * (args.max_repeats ?? Number.POSITIVE_INFINITY));
    const totals = fill(planned * perStep, wanted, ceilings);
    const draws = totals.reduce((sum, total) => sum + total, 0);
    // A step more than the ceilings allow would repeat beyond them; a part of one would be a smaller step.
    const steps = Math.min(planned, Math.floor(draws / perStep + 1e-9));
    checkSteps(steps, planned, context);
    const probabilities = normalise(totals);
    const stretch = { start: 0, drawn: sizes.map(() => 0), probabilities };
    const drawer = createDrawer({ groups, seed: context.seed, shuffle: context.shuffle, address: NAME });
    const shares = probabilities.map((p, i) => {
      const passes = (p * steps * perStep) / (sizes[i] as number);
      return `${samples.datasets[i]} ${(100 * p).toFixed(1)}% (${passes.toFixed(2)} passes)`;
    });
    const shorter = steps < planned ? ` The run has ${steps} steps instead of ${planned}, for max_repeats.` : "";
    return {
      stepsPerEpoch,
      steps,
      batchesOf: (step) => cutBatches(drawer.draw(stretch, (step - 1) * perStep, step * perStep), batchSize),
      identity: probabilities,
      notes: [`mixture: ${shares.join(", ")}.${shorter}`],
    };
  },
});

function weightsOf({ weights, temperature = 1 }: MixtureArgs, sizes: readonly number[]): readonly number[] {
  if (weights === undefined) return sizes.map((size) => size ** (1 / temperature));
  if (weights.length === sizes.length) return weights;
  return fail("E_DATA_SELECTION", {
    where: `${NAME}: weights`,
    what: `there are ${weights.length} weights for ${sizes.length} datasets.`,
    fix: "Give one for each dataset, in the order of --dataset.",
  });
}

function normalise(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  return weights.map((weight) => weight / sum);
}

function drawsPerEpoch(args: MixtureArgs, sizes: readonly number[], shares: readonly number[]): number {
  const needed = sizes.map((size, i) => size / (shares[i] as number));
  switch (args.stopping_strategy) {
    case "first_exhausted":
      return Math.min(...needed);
    case "all_exhausted":
      return Math.max(...needed);
    default:
      return sizes.reduce((sum, size) => sum + size, 0);
  }
}

function checkSteps(steps: number, planned: number, { maxSteps }: OrderContext): void {
  if (steps === 0 || (maxSteps !== undefined && steps < planned)) {
    fail("E_DATA_SELECTION", {
      where: `${NAME}: max_repeats`,
      what: `the datasets give ${steps} steps before all have been repeated as often as is allowed, and ${planned} are wanted.`,
      fix: "Raise max_repeats, train fewer steps, or give more rows.",
    });
  }
}
