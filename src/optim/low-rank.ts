/**
 * What optimizers share that keep their moments in a subspace of each gradient: the projection of matrices as the
 * "std" of galore_torch (the longer side stays), Adam's moments there, and AdamW in the arrangement of those packages
 * (epsilon is not bias-corrected, decay comes last) for all tensors that are not projected.
 */
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { isEmbeddingOrHead, oneGroup, type Groups, type TensorSpec } from "./groups.ts";
import { likeParameter, type Optimizer, type SlotSpec, type UpdateInputs } from "./optimizer.ts";

export interface Moments {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Matrices of the hidden layers. */
export const isProjected = (spec: TensorSpec): boolean => spec.shape.length === 2 && !isEmbeddingOrHead(spec);

/** Of a matrix at least as high as wide the columns are projected, else the rows. */
export const projectsColumns = ([rows, columns]: readonly number[]): boolean => (rows as number) >= (columns as number);

/** The projection, then moments in its space. */
export function lowRankSlots(shape: readonly number[], rank: number): readonly SlotSpec[] {
  const [rows, columns] = shape as readonly [number, number];
  const [projection, low] = projectsColumns(shape)
    ? [
        [rank, columns],
        [rows, rank],
      ]
    : [
        [rows, rank],
        [rank, columns],
      ];
  return [
    { name: "projection", shape: projection },
    { name: "exp_avg", shape: low },
    { name: "exp_avg_sq", shape: low },
  ];
}

export function project(gradient: Tensor, projection: Tensor): Tensor {
  return projectsColumns(gradient.shape as readonly number[])
    ? t.matmul(gradient, projection, { transB: true })
    : t.matmul(projection, gradient, { transA: true });
}

export function projectBack(low: Tensor, projection: Tensor, shape: readonly number[]): Tensor {
  return projectsColumns(shape) ? t.matmul(low, projection) : t.matmul(projection, low);
}

/** New moments, and the mean over the root of the mean square. */
export function moments(gradient: Tensor, [mean, variance]: readonly Tensor[], { beta1, beta2, epsilon }: Moments) {
  const newMean = t.add(t.mul(mean as Tensor, beta1), t.mul(gradient, 1 - beta1));
  const newVariance = t.add(t.mul(variance as Tensor, beta2), t.mul(t.mul(gradient, gradient), 1 - beta2));
  return { slots: [newMean, newVariance], direction: t.div(newMean, t.add(t.sqrt(newVariance), epsilon)) };
}

/** Learning rate, and the size of a step with both bias corrections. */
export function stepScalars({ beta1, beta2 }: Moments): Pick<Optimizer, "scalars" | "scalarValues"> {
  return {
    scalars: ["learning_rate", "step_size"],
    scalarValues: ({ step, learningRate }) => [
      learningRate,
      (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step),
    ],
  };
}

export function stepAndDecay(inputs: Pick<UpdateInputs, "parameter" | "scalars" | "weightDecay">, direction: Tensor) {
  const [learningRate, stepSize] = inputs.scalars as readonly [Tensor, Tensor];
  const moved = t.sub(inputs.parameter, t.mul(direction, stepSize));
  return t.mul(moved, t.sub(1, t.mul(learningRate, inputs.weightDecay)));
}

function unprojected(numbers: Moments): Optimizer {
  return {
    name: `unprojected ${numbers.beta1} ${numbers.beta2} ${numbers.epsilon}`,
    over: "elements",
    slots: likeParameter("exp_avg", "exp_avg_sq"),
    ...stepScalars(numbers),
    update: ({ gradient, slots, ...inputs }) => {
      const { direction, slots: made } = moments(gradient, slots, numbers);
      return { parameter: stepAndDecay(inputs, direction), slots: made };
    },
  };
}

/** `optimizer` for matrices of hidden layers, its AdamW for the rest. */
export function projectedGroups(optimizer: Optimizer, numbers: Moments, weightDecay: number): Groups {
  const [matrices, rest] = [oneGroup(optimizer, weightDecay), oneGroup(unprojected(numbers), weightDecay)];
  return { assign: (spec) => (isProjected(spec) ? matrices : rest).assign(spec) };
}
