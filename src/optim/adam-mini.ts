/**
 * Adam-mini (Zhang et al. 2024, arXiv 2406.16793, algorithm 1): AdamW with one second moment for a block of numbers
 * that curve alike. Blocks by section 2.3: heads of queries and keys; output neurons of values, projections and MLPs;
 * tokens of embedding and head; whole tensors for the rest. Adapters are blocked by their rows.
 */
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import type { AdamWOptions } from "./adamw.ts";
import { decays, oneGroup, type TensorSpec } from "./groups.ts";
import { defineOptimizer } from "./kind.ts";
import { slotSize, type Optimizer } from "./optimizer.ts";

/** Numbers of one block, of a tensor flattened row after row. */
type BlockSize = (shape: readonly number[]) => number;

export function adamMini(
  blocks: { readonly name: string; readonly size: BlockSize },
  options: AdamWOptions,
): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  return {
    name: `adam_mini ${blocks.name} ${beta1} ${beta2} ${epsilon}`,
    over: "tensor",
    slots: (shape) => [
      { name: "exp_avg", shape },
      { name: "vmean", shape: [slotSize({ shape }) / blocks.size(shape), 1] },
    ],
    scalars: ["learning_rate", "step_size", "inverse_root_correction"],
    scalarValues: ({ step, learningRate }) => [
      learningRate,
      learningRate / (1 - beta1 ** step),
      1 / Math.sqrt(1 - beta2 ** step),
    ],
    update: ({ parameter, gradient, slots, scalars, weightDecay }) => {
      const [mean, variance] = slots as readonly [Tensor, Tensor];
      const [learningRate, stepSize, inverseRoot] = scalars as readonly [Tensor, Tensor, Tensor];
      const shape = parameter.shape as readonly number[];
      const size = blocks.size(shape);
      const inBlocks = (x: Tensor): Tensor => t.reshape(x, [slotSize({ shape }) / size, size]);
      const square = t.reduceMean(inBlocks(t.mul(gradient, gradient)), [1]);
      const newVariance = t.add(t.mul(variance, beta2), t.mul(square, 1 - beta2));
      const newMean = t.add(t.mul(mean, beta1), t.mul(gradient, 1 - beta1));
      const denominator = t.add(t.mul(t.sqrt(newVariance), inverseRoot), epsilon);
      const moved = t.reshape(t.mul(t.div(inBlocks(newMean), denominator), stepSize), shape);
      const decayed = t.mul(parameter, t.sub(1, t.mul(learningRate, weightDecay)));
      return { parameter: t.sub(decayed, moved), slots: [newMean, newVariance] };
    },
  };
}

const whole: BlockSize = (shape) => slotSize({ shape });
const rows: BlockSize = (shape) => shape.slice(1).reduce((a, b) => a * b, 1);

export const adamMiniKind = defineOptimizer({
  summary: "AdamW with one second moment for each head, neuron or token: half the state.",
  aliases: ["adam-mini", "adammini"],
  groups: (_, { weightDecay, headDim, ...numbers }) => {
    const made = {
      heads: adamMini({ name: `heads ${headDim}`, size: (shape) => headDim * rows(shape) }, numbers),
      rows: adamMini({ name: "rows", size: rows }, numbers),
      whole: adamMini({ name: "whole", size: whole }, numbers),
    };
    const blocksOf = ({ name, shape }: TensorSpec): keyof typeof made => {
      if (shape.length < 2) return "whole";
      const byHead = /\.(?:q_proj|k_proj|query|key)\.weight$/.test(name) && (shape[0] as number) % headDim === 0;
      return byHead ? "heads" : "rows";
    };
    return { assign: (spec) => oneGroup(made[blocksOf(spec)], decays(spec) ? weightDecay : 0).assign(spec) };
  },
});
