/**
 * Adafactor (Shazeer and Stern 2018, arXiv 1804.04235, algorithm 4) as transformers.optimization.Adafactor with the
 * Trainer's settings: mean squares of matrices are kept as row and column means, updates are clipped by their root mean
 * square. Left out: relative steps, scaling by the parameter, a first moment.
 */
import * as z from "zod";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { oneGroup } from "./groups.ts";
import { defineOptimizer } from "./kind.ts";
import type { Optimizer } from "./optimizer.ts";

export interface AdafactorOptions {
  /** The decay of mean squares at update n is 1 - n^decayRate. */
  readonly decayRate: number;
  /** Largest root mean square of an update, before the learning rate. */
  readonly clipThreshold: number;
  /** Added to squared gradients. */
  readonly epsilon: number;
}

const everyAxis = (x: Tensor): readonly number[] => x.shape.map((_, axis) => axis);

export function adafactor({ decayRate, clipThreshold, epsilon }: AdafactorOptions): Optimizer {
  return {
    name: `adafactor ${decayRate} ${clipThreshold} ${epsilon}`,
    over: "tensor",
    slots: (shape) =>
      shape.length < 2
        ? [{ name: "exp_avg_sq", shape }]
        : [
            { name: "exp_avg_sq_row", shape: shape.slice(0, -1) },
            { name: "exp_avg_sq_col", shape: [...shape.slice(0, -2), ...shape.slice(-1)] },
          ],
    scalars: ["learning_rate", "beta2"],
    scalarValues: ({ step, learningRate }) => [learningRate, 1 - step ** decayRate],
    update: ({ parameter, gradient, slots, scalars, weightDecay }) => {
      const [learningRate, beta2] = scalars as readonly [Tensor, Tensor];
      const squares = t.add(t.mul(gradient, gradient), epsilon);
      const moved = (slot: Tensor, now: Tensor): Tensor => t.add(t.mul(slot, beta2), t.mul(now, t.sub(1, beta2)));
      const [first, second] = slots as readonly [Tensor, Tensor | undefined];
      const made: Tensor[] = [];
      let direction: Tensor;
      if (second === undefined) {
        made.push(moved(first, squares));
        direction = t.div(gradient, t.sqrt(made[0] as Tensor));
      } else {
        const row = moved(first, t.reduceMean(squares, [-1], { keepDims: false }));
        const column = moved(second, t.reduceMean(squares, [-2], { keepDims: false }));
        made.push(row, column);
        const rowRoot = t.sqrt(t.div(row, t.reduceMean(row, [-1])));
        const rank = parameter.shape.length;
        direction = t.div(t.div(gradient, t.unsqueeze(rowRoot, [rank - 1])), t.unsqueeze(t.sqrt(column), [rank - 2]));
      }
      const size = t.sqrt(t.reduceMean(t.mul(direction, direction), everyAxis(direction), { keepDims: false }));
      const clipped = t.div(direction, t.maximum(t.div(size, clipThreshold), 1));
      const decayed = t.mul(parameter, t.sub(1, t.mul(learningRate, weightDecay)));
      return { parameter: t.sub(decayed, t.mul(clipped, learningRate)), slots: made };
    },
  };
}

export const adafactorKind = defineOptimizer({
  summary: "Mean squares as row and column means: almost no state.",
  args: {
    decay_rate: z.number().lt(0).default(-0.8).describe("Mean squares decay with 1 - step^decay_rate."),
    clip_threshold: z.number().positive().default(1).describe("Largest root mean square of an update."),
    eps: z.number().positive().default(1e-30).describe("Added to squared gradients."),
  },
  groups: (args, { weightDecay }) =>
    oneGroup(
      adafactor({ decayRate: args.decay_rate, clipThreshold: args.clip_threshold, epsilon: args.eps }),
      weightDecay,
    ),
});
