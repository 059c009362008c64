/**
 * What a step can do, whatever holds the numbers: gather gradients over micro-batches, measure them, apply the
 * optimizer, and hand its state out and in for checkpoints.
 */
import type { StepNumbers } from "../optim/optimizer.ts";
import type { Feeds } from "../runtime/types.ts";
import type { Tensor } from "../tensor/graph.ts";
import type { TrainableSpec } from "./parameter-arena.ts";

/** Trainable tensors by name, as leaves of the graph being built. */
export type TrainableLeaves = ReadonlyMap<string, Tensor>;

/**
 * The graph of a micro-batch: the sum of weighted token losses, times the input `loss_scale` (a scalar), as a
 * scalar. Called once per program; frozen weights and batch inputs are leaves of its own.
 */
export type LossGraph = (trainable: TrainableLeaves) => Tensor;

/** Everything that resuming needs, by name; arrays are copies. */
export interface TrainState {
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** Keyed `slot/parameter`. */
  readonly slots: ReadonlyMap<string, Float32Array>;
}

export interface TrainStep {
  readonly specs: readonly TrainableSpec[];
  /** Adds the gradients of one micro-batch (`first` starts anew) and returns its scaled loss. */
  readonly accumulate: (batch: Feeds, options: { readonly first: boolean }) => Promise<number>;
  /** The scaled loss of a batch, without gradients. */
  readonly evaluate: (batch: Feeds) => Promise<number>;
  /** L2 norm of all gathered gradients. */
  readonly gradientNorm: () => Promise<number>;
  /** One optimizer update with gradients times `clip`. */
  readonly update: (numbers: StepNumbers, clip: number) => Promise<void>;
  /** Views or copies of the current values, valid until the next update. */
  readonly readParameters: () => Promise<ReadonlyMap<string, Float32Array>>;
  readonly readState: () => Promise<TrainState>;
  readonly writeState: (state: TrainState) => Promise<void>;
  /** The current values as leaves for other programs (generation while training). */
  readonly parameterFeeds: () => Feeds;
  readonly release: () => Promise<void>;
}
