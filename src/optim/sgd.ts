/**
 * Stochastic gradient descent with momentum and coupled (L2) weight decay, as torch.optim.SGD. The first step
 * needs no special case: a zero buffer times momentum plus the gradient is the gradient. Left out: dampening.
 */
import * as z from "zod";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { oneGroup } from "./groups.ts";
import { defineOptimizer } from "./kind.ts";
import { likeParameter, type Optimizer } from "./optimizer.ts";

export interface SgdOptions {
  /** 0 keeps no state. */
  readonly momentum?: number;
  readonly nesterov?: boolean;
}

export function sgd(options: SgdOptions = {}): Optimizer {
  const { momentum = 0, nesterov = false } = options;
  return {
    name: `sgd ${momentum} ${nesterov}`,
    over: "elements",
    slots: momentum === 0 ? likeParameter() : likeParameter("momentum_buffer"),
    scalars: ["learning_rate"],
    scalarValues: ({ learningRate }) => [learningRate],
    update: ({ parameter, gradient, slots, scalars, weightDecay }) => {
      const learningRate = scalars[0] as Tensor;
      const decayed = t.add(gradient, t.mul(parameter, weightDecay));
      const buffer = slots[0];
      if (buffer === undefined) return { parameter: t.sub(parameter, t.mul(decayed, learningRate)), slots: [] };
      const moved = t.add(t.mul(buffer, momentum), decayed);
      const direction = nesterov ? t.add(decayed, t.mul(moved, momentum)) : moved;
      return { parameter: t.sub(parameter, t.mul(direction, learningRate)), slots: [moved] };
    },
  };
}

export const sgdKind = defineOptimizer({
  summary: "Gradient descent, with momentum if wanted; weight decay is coupled.",
  args: {
    momentum: z.number().min(0).lt(1).default(0).describe("Decay of the momentum; 0 keeps no state."),
    nesterov: z.boolean().default(false).describe("Looks ahead by one step of momentum."),
  },
  groups: (args, { weightDecay }) => oneGroup(sgd(args), weightDecay),
});
