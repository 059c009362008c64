/**
 * What a step can do, whatever holds the numbers: gather gradients over micro-batches, measure them, apply the
 * optimizer, and hand its state out and in for checkpoints.
 */
import type { SlotValues, StepNumbers } from "../optim/optimizer.ts";
import type { Feeds } from "../runtime/types.ts";
import type { LossTerms } from "../losses/loss-terms.ts";
import type { Tensor } from "../tensor/graph.ts";
import type { KeyedSlot, TrainableSpec } from "./regions.ts";

/** Trainable tensors by name, as leaves of the graph being built. */
export type TrainableLeaves = ReadonlyMap<string, Tensor>;

/** The graph of a micro-batch. Called once per program; frozen weights and batch inputs are leaves of its own. */
export type LossGraph = (trainable: TrainableLeaves) => LossTerms;

/** The numbers of {@link LossTerms}. */
export interface LossValues {
  readonly loss: number;
  readonly sums: Readonly<Record<string, number>>;
}

/** Everything that resuming needs, by name; arrays are copies. */
export interface TrainState {
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Keyed `slot/parameter`. */
  readonly slots: ReadonlyMap<string, SlotValues>;
  /** What is evaluated and saved as the model, where the optimizer tells it from the parameters. */
  readonly shown?: ReadonlyMap<string, Float32Array>;
}

export interface TrainStep {
  readonly specs: readonly TrainableSpec[];
  /** What the optimizer keeps after so many steps, by key (`exp_avg/parameter`). */
  readonly slotsAfter: (step: number) => ReadonlyMap<string, KeyedSlot>;
  /** Adds the gradients of one micro-batch (`first` starts anew) and returns its losses. */
  readonly accumulate: (batch: Feeds, options: { readonly first: boolean }) => Promise<LossValues>;
  /** The losses of a batch, without gradients. */
  readonly evaluate: (batch: Feeds) => Promise<LossValues>;
  /** L2 norm of the gathered gradients of all that moves in this step (counts from 1). */
  readonly gradientNorm: (step: number) => Promise<number>;
  /** One optimizer update with gradients times `clip`. */
  readonly update: (numbers: StepNumbers, clip: number) => Promise<void>;
  /** Views or copies of the values that are evaluated and saved, valid until the next update. */
  readonly readParameters: () => Promise<ReadonlyMap<string, Float32Array>>;
  /** `views`: not copies, where that can be; valid until the next update. */
  readonly readState: (options?: { readonly views?: boolean }) => Promise<TrainState>;
  readonly writeState: (state: TrainState) => Promise<void>;
  readonly release: () => Promise<void>;
}
