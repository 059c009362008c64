/**
 * Muon (Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks") as torch.optim.Muon: momentum
 * whose matrix is made nearly orthogonal by five Newton-Schulz steps. Rates are those of AdamW by the factor of Liu et
 * al. 2025 (arXiv 2502.16982, section 2.2): 0.2 sqrt(max(rows, columns)). Matrices that are no embedding and no head;
 * AdamW for the rest, as ms-swift and Moonlight do. The steps are in float32, where torch takes bfloat16.
 */
import * as z from "zod";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { adamw } from "./adamw.ts";
import { isEmbeddingOrHead, oneGroup } from "./groups.ts";
import { defineOptimizer } from "./kind.ts";
import { likeParameter, type Optimizer } from "./optimizer.ts";

/** Coefficients of the quintic, as in torch. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const SMALLEST = 1e-7;

/** Nearly U Vᵀ of gradient = U S Vᵀ, [rows, columns]. */
function orthogonalize(matrix: Tensor, steps: number): Tensor {
  const [rows, columns] = matrix.shape as readonly [number, number];
  const wide = rows > columns ? t.transpose(matrix, [1, 0]) : matrix;
  const length = t.sqrt(t.reduceSumSquare(wide, [0, 1], { keepDims: false }));
  let x = t.div(wide, t.maximum(length, SMALLEST));
  for (let step = 0; step < steps; step++) {
    const gram = t.matmul(x, x, { transB: true });
    const factor = t.add(t.mul(gram, B), t.matmul(gram, gram, { alpha: C }));
    x = t.add(t.mul(x, A), t.matmul(factor, x));
  }
  return rows > columns ? t.transpose(x, [1, 0]) : x;
}

export interface MuonOptions {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly steps: number;
}

export function muon({ momentum, nesterov, steps }: MuonOptions): Optimizer {
  return {
    name: `muon ${momentum} ${nesterov} ${steps}`,
    over: "tensor",
    slots: likeParameter("momentum_buffer"),
    scalars: ["learning_rate"],
    scalarValues: ({ learningRate }) => [learningRate],
    update: ({ parameter, gradient, slots, scalars, weightDecay }) => {
      const [buffer, learningRate] = [slots[0], scalars[0]] as [Tensor, Tensor];
      const blend = (a: Tensor, b: Tensor): Tensor => t.add(t.mul(a, momentum), t.mul(b, 1 - momentum));
      const moved = blend(buffer, gradient);
      const direction = orthogonalize(nesterov ? blend(moved, gradient) : moved, steps);
      const adjusted = t.mul(learningRate, 0.2 * Math.sqrt(Math.max(...(parameter.shape as readonly number[]))));
      const decayed = t.mul(parameter, t.sub(1, t.mul(learningRate, weightDecay)));
      return { parameter: t.sub(decayed, t.mul(direction, adjusted)), slots: [moved] };
    },
  };
}

export const muonKind = defineOptimizer({
  summary: "Orthogonalized momentum for matrices, AdamW for embeddings, head and vectors.",
  args: {
    momentum: z.number().min(0).lt(1).default(0.95).describe("Decay of the momentum."),
    nesterov: z.boolean().default(true).describe("Looks ahead by one step of momentum."),
    ns_steps: z.int().min(1).max(20).default(5).describe("Newton-Schulz steps."),
  },
  groups: (args, { weightDecay, ...numbers }) => {
    const matrices = muon({ momentum: args.momentum, nesterov: args.nesterov, steps: args.ns_steps });
    const [hidden, rest] = [oneGroup(matrices, weightDecay), oneGroup(adamw(numbers), weightDecay)];
    const isHidden = (spec: { readonly name: string; readonly shape: readonly number[] }): boolean =>
      spec.shape.length === 2 && !isEmbeddingOrHead(spec);
    return { assign: (spec) => (isHidden(spec) ? hidden : rest).assign(spec) };
  },
});
