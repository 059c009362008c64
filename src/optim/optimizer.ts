/**
 * What an optimizer is: state slots per parameter, scalars that change each step, and one elementwise update
 * written as a graph. Where the numbers live (one arena, or one device buffer each) is not its business.
 */
import type { Tensor } from "../tensor/graph.ts";

/** What the schedule and the loop know about a step. `step` counts from 1. */
export interface StepNumbers {
  readonly step: number;
  readonly learningRate: number;
}

export interface UpdateInputs {
  readonly parameter: Tensor;
  /** Already scaled by gradient clipping. */
  readonly gradient: Tensor;
  /** In the order of `slots`. */
  readonly slots: readonly Tensor[];
  /** In the order of `scalars`, each a scalar. */
  readonly scalars: readonly Tensor[];
  /** Weight decay of this parameter (0 where it is exempt). */
  readonly weightDecay: Tensor;
}

export interface UpdateOutputs {
  readonly parameter: Tensor;
  readonly slots: readonly Tensor[];
}

export interface Optimizer {
  readonly name: string;
  /** Names of the state tensors, each of the parameter's shape and zero at the start. */
  readonly slots: readonly string[];
  /** Names of the scalars fed at each step. */
  readonly scalars: readonly string[];
  readonly scalarValues: (numbers: StepNumbers) => readonly number[];
  readonly update: (inputs: UpdateInputs) => UpdateOutputs;
}
