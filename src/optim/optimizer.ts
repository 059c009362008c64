/**
 * What an optimizer is: state slots of shapes of its own, scalars that change each step, and one update written as a
 * graph. Where the numbers live (one arena, or one device buffer each) is not its business.
 */
import type { Tensor } from "../tensor/graph.ts";

/** What the schedule and the loop know about a step. `step` counts the updates of a tensor, from 1. */
export interface StepNumbers {
  readonly step: number;
  readonly learningRate: number;
}

/** A tensor that an optimizer keeps beside a parameter. */
export interface SlotSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** float32 unless said. */
  readonly dtype?: "float32" | "uint8";
  /** What it holds before the first update: 0 unless said, or what the parameter holds. */
  readonly start?: number | "parameter";
}

export type SlotValues = Float32Array | Uint8Array;

export interface UpdateInputs {
  readonly parameter: Tensor;
  /** Already scaled by gradient clipping. */
  readonly gradient: Tensor;
  /** In the order of `slots`. */
  readonly slots: readonly Tensor[];
  /** In the order of `scalars`, each a scalar. */
  readonly scalars: readonly Tensor[];
  /** Weight decay of this parameter (0 where it is exempt), a scalar. */
  readonly weightDecay: Tensor;
}

export interface UpdateOutputs {
  readonly parameter: Tensor;
  readonly slots: readonly Tensor[];
}

export interface Optimizer {
  /** Names everything that its graphs depend on: two of one name are one. */
  readonly name: string;
  /**
   * Whether an update looks at each number by itself, so that many tensors are updated as one, or at a tensor as a
   * whole. Slots of the first are all of the parameter's shape and begin at 0.
   */
  readonly over: "elements" | "tensor";
  readonly slots: (shape: readonly number[]) => readonly SlotSpec[];
  /** Names of the scalars fed at each step. */
  readonly scalars: readonly string[];
  readonly scalarValues: (numbers: StepNumbers) => readonly number[];
  readonly update: (inputs: UpdateInputs) => UpdateOutputs;
  /** Slots that the host makes before some updates (counted from 1), from the gradient: what graphs cannot say. */
  readonly refresh?: {
    readonly due: (update: number) => boolean;
    /** New values by the names of slots. */
    readonly make: (
      spec: { readonly name: string; readonly shape: readonly number[] },
      gradient: Float32Array,
      update: number,
    ) => Readonly<Record<string, Float32Array>>;
  };
  /** What is evaluated and saved, where that is not the parameter that gradients are taken at. */
  readonly shown?: (parameter: Tensor, slots: readonly Tensor[]) => Tensor;
}

/** The slots of an optimizer over elements. */
export const likeParameter =
  (...names: readonly string[]): Optimizer["slots"] =>
  (shape) =>
    names.map((name) => ({ name, shape }));

/** How a slot is stored. */
export interface SlotType {
  readonly dtype: "float32" | "uint8";
  readonly shape: readonly number[];
}

export function slotType({ shape, dtype = "float32" }: SlotSpec): SlotType {
  return { shape, dtype };
}

export const slotSize = ({ shape }: Pick<SlotSpec, "shape">): number => shape.reduce((a, b) => a * b, 1);

/** What a slot holds before the first update of its parameter. */
export function startOfSlot(spec: SlotSpec, parameter: Float32Array): SlotValues {
  const { dtype = "float32", start = 0 } = spec;
  if (start === "parameter") return parameter.slice();
  return dtype === "uint8" ? new Uint8Array(slotSize(spec)).fill(start) : new Float32Array(slotSize(spec)).fill(start);
}
