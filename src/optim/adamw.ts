/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) in the arrangement of torch.optim.AdamW: decoupled decay is
 * applied first, epsilon is added after the bias-corrected square root. Left out: amsgrad, maximize.
 */
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { oneGroup } from "./groups.ts";
import { defineOptimizer } from "./kind.ts";
import { likeParameter, type Optimizer } from "./optimizer.ts";

export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

export function adamw(options: AdamWOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  return {
    name: `adamw ${beta1} ${beta2} ${epsilon}`,
    over: "elements",
    slots: likeParameter("exp_avg", "exp_avg_sq"),
    scalars: ["learning_rate", "step_size", "inverse_root_correction"],
    scalarValues: ({ step, learningRate }) => [
      learningRate,
      learningRate / (1 - beta1 ** step),
      1 / Math.sqrt(1 - beta2 ** step),
    ],
    update: ({ parameter, gradient, slots, scalars, weightDecay }) => {
      const [mean, variance] = slots as readonly [Tensor, Tensor];
      const [learningRate, stepSize, inverseRoot] = scalars as readonly [Tensor, Tensor, Tensor];
      const newMean = t.add(t.mul(mean, beta1), t.mul(gradient, 1 - beta1));
      const newVariance = t.add(t.mul(variance, beta2), t.mul(t.mul(gradient, gradient), 1 - beta2));
      const denominator = t.add(t.mul(t.sqrt(newVariance), inverseRoot), epsilon);
      const decayed = t.mul(parameter, t.sub(1, t.mul(learningRate, weightDecay)));
      const updated = t.sub(decayed, t.mul(t.div(newMean, denominator), stepSize));
      return { parameter: updated, slots: [newMean, newVariance] };
    },
  };
}

export const adamwKind = defineOptimizer({
  summary: "Adam with decoupled weight decay.",
  aliases: ["adamw_torch", "adamw_torch_fused", "adamw_hf", "paged_adamw_32bit"],
  groups: (_, { weightDecay, ...numbers }) => oneGroup(adamw(numbers), weightDecay),
});
