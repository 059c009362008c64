/**
 * Schedule-free AdamW (Defazio et al. 2024, "The Road Less Scheduled", arXiv 2405.15682, algorithm 1) in the
 * arrangement of facebookresearch/schedule_free: gradients are taken at y, steps are made at z, and x, which is
 * evaluated and saved, is a weighted mean of all z. Parameters are y; x = y + (1 - 1/beta1) (z - y). Warmup is that of
 * the run's schedule.
 */
import * as z from "zod";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { oneGroup } from "./groups.ts";
import { defineOptimizer } from "./kind.ts";
import type { Optimizer } from "./optimizer.ts";

export interface ScheduleFreeOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Weights of later steps grow with step^r. */
  readonly r: number;
  /** Weights are the largest rate so far to this power. */
  readonly weightPower: number;
}

export function scheduleFreeAdamw({ beta1, beta2, epsilon, r, weightPower }: ScheduleFreeOptions): Optimizer {
  return {
    name: `schedule_free_adamw ${beta1} ${beta2} ${epsilon} ${r} ${weightPower}`,
    over: "tensor",
    slots: (shape) => [
      { name: "z", shape, start: "parameter" },
      { name: "exp_avg_sq", shape },
      { name: "weight_sum", shape: [1] },
      { name: "lr_max", shape: [1] },
    ],
    scalars: ["learning_rate", "inverse_correction", "step_weight"],
    scalarValues: ({ step, learningRate }) => [learningRate, 1 / (1 - beta2 ** step), step ** r],
    update: ({ parameter: y, gradient, slots, scalars, weightDecay }) => {
      const [stepped, variance, weightSum, highest] = slots as readonly [Tensor, Tensor, Tensor, Tensor];
      const [learningRate, inverseCorrection, stepWeight] = scalars as readonly [Tensor, Tensor, Tensor];
      const newHighest = t.maximum(highest, learningRate);
      const weight = t.mul(t.pow(newHighest, weightPower), stepWeight);
      const newSum = t.add(weightSum, weight);
      // Steps at rate 0, as a warmup begins, have no weight.
      const share = t.where(t.greater(newSum, 0), t.div(weight, t.maximum(newSum, 1e-38)), 0);
      const newVariance = t.add(t.mul(variance, beta2), t.mul(t.mul(gradient, gradient), 1 - beta2));
      const denominator = t.add(t.sqrt(t.mul(newVariance, inverseCorrection)), epsilon);
      const direction = t.add(t.div(gradient, denominator), t.mul(y, weightDecay));
      const drawn = t.add(y, t.mul(t.sub(stepped, y), share));
      const factor = t.mul(learningRate, t.sub(t.mul(t.sub(1, share), beta1), 1));
      return {
        parameter: t.add(drawn, t.mul(direction, factor)),
        slots: [t.sub(stepped, t.mul(direction, learningRate)), newVariance, newSum, newHighest],
      };
    },
    shown: (y, [stepped]) => t.add(y, t.mul(t.sub(stepped as Tensor, y), 1 - 1 / beta1)),
  };
}

export const scheduleFreeKind = defineOptimizer({
  summary: "AdamW that averages its steps instead of lowering the rate.",
  args: {
    r: z.number().min(0).default(0).describe("Weights of later steps grow with step^r."),
    weight_lr_power: z.number().min(0).default(2).describe("Weights are the largest rate so far to this power."),
  },
  flatRate: true,
  groups: (args, { weightDecay, ...numbers }) =>
    oneGroup(scheduleFreeAdamw({ ...numbers, r: args.r, weightPower: args.weight_lr_power }), weightDecay),
});
