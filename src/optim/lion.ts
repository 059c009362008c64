/**
 * Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", arXiv 2302.06675, program 1): the sign of a
 * mean of gradients, with decoupled decay.
 */
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { oneGroup } from "./groups.ts";
import { defineOptimizer } from "./kind.ts";
import { likeParameter, type Optimizer } from "./optimizer.ts";

export function lion({
  beta1 = 0.9,
  beta2 = 0.99,
}: { readonly beta1?: number; readonly beta2?: number } = {}): Optimizer {
  return {
    name: `lion ${beta1} ${beta2}`,
    over: "elements",
    slots: likeParameter("exp_avg"),
    scalars: ["learning_rate"],
    scalarValues: ({ learningRate }) => [learningRate],
    update: ({ parameter, gradient, slots, scalars, weightDecay }) => {
      const [mean, learningRate] = [slots[0], scalars[0]] as [Tensor, Tensor];
      const direction = t.sign(t.add(t.mul(mean, beta1), t.mul(gradient, 1 - beta1)));
      const decayed = t.mul(parameter, t.sub(1, t.mul(learningRate, weightDecay)));
      // The mean is written over where it is read: what reads the old one must come before, so the new one waits for it.
      const waited = t.mul(direction, 0);
      return {
        parameter: t.sub(decayed, t.mul(direction, learningRate)),
        slots: [t.add(t.add(t.mul(mean, beta2), t.mul(gradient, 1 - beta2)), waited)],
      };
    },
  };
}

export const lionKind = defineOptimizer({
  summary: "The sign of a mean of gradients; wants a third to a tenth of AdamW's rate.",
  aliases: ["lion_32bit", "paged_lion_32bit"],
  groups: (_, { weightDecay, ...numbers }) => oneGroup(lion(numbers), weightDecay),
});
