/**
 * Which tensor is updated how: by which optimizer, at which rate, with which decay, and in which steps. LoRA+ rates,
 * no decay on norms and biases, Muon for matrices and AdamW for the rest, and layers by turns are all answers to that.
 */
import type { Optimizer } from "./optimizer.ts";

/** A trained tensor, as far as groups look at it. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Assignment {
  readonly optimizer: Optimizer;
  /** Factor of the run's learning rate. */
  readonly rate: number;
  readonly decay: number;
  /** Tensors of one unit move and rest together. */
  readonly unit: string;
}

export interface Groups {
  readonly assign: (spec: TensorSpec) => Assignment;
  /**
   * Which update of this unit the step is (counts from 1), or "rest". A function of the step alone, so that resuming
   * needs no state. Absent: every unit moves in every step.
   */
  readonly turn?: (unit: string, step: number) => number | "rest";
  /** Whether the slots of a unit at rest stay; without, they begin anew with its next turn, and take no memory. */
  readonly keepsSlots?: boolean;
}

/**
 * Weight decay spares norms and biases, as the Trainer of transformers does (get_decay_parameter_names): its patterns,
 * and the names of those LayerNorms that it knows by their class.
 */
const spared = [/bias/, /layernorm/, /rmsnorm/, /(?:^|\.)norm(?:$|\.)/, /_norm\d*(?:$|\.)/, /(?:^|\.)ln(?:_?\w+)?\./];

export function decays({ name }: TensorSpec): boolean {
  const lower = name.toLowerCase();
  return !spared.some((pattern) => pattern.test(lower));
}

/** One optimizer for all tensors; decay where the Trainer has it. */
export function oneGroup(optimizer: Optimizer, weightDecay: number): Groups {
  return { assign: (spec) => ({ optimizer, rate: 1, decay: decays(spec) ? weightDecay : 0, unit: "" }) };
}

/** The same groups with the rate of some tensors multiplied. */
export function scaleRates(groups: Groups, factor: (spec: TensorSpec) => number): Groups {
  return {
    ...groups,
    assign: (spec) => {
      const assigned = groups.assign(spec);
      return { ...assigned, rate: assigned.rate * factor(spec) };
    },
  };
}

/**
 * LoRA+ (Hayou et al. 2024, arXiv 2402.12354): B learns `ratio` times as fast as A. Vectors go with B, as in ms-swift
 * and PEFT's create_loraplus_optimizer.
 */
export function loraPlus(groups: Groups, ratio: number): Groups {
  return scaleRates(groups, ({ name, shape }) => (/lora_b/i.test(name) || shape.length === 1 ? ratio : 1));
}

/** Tables of tokens, on either side of the model. */
export function isEmbeddingOrHead({ name }: TensorSpec): boolean {
  return /(?:embed|lm_head|\bwte\b|\bwpe\b|score\b)/.test(name);
}
