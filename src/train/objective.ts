/**
 * What training lowers: a loss as a graph over what the trained model gives. The inputs of a batch have their names and
 * types here and in the losses that ask for them: graphs take them as leaves, batches.ts feeds them.
 */
import type { DType } from "../base/dtype.ts";
import type { LossTerms } from "../losses/loss-terms.ts";
import { tokenLoss, tokenTargetInputs, tokenTargetLeaves, type TokenLossOptions } from "../losses/token-loss.ts";
import { headProduct, type Model } from "../models/model.ts";
import type { Access } from "../models/scope.ts";
import type { HostTensor } from "../runtime/types.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import type { Shape } from "../tensor/shape.ts";

const grid = { dtype: "int32", shape: ["batch", "time"] } as const;

/** Every input of a batch, by name. */
const batchInputs = {
  input_ids: grid,
  positions: grid,
  /** 0 is padding, packed samples count from 1. */
  segments: grid,
  /** A random number for each token, where there is dropout or noise. */
  dropout_rows: grid,
  ...tokenTargetInputs,
} as const satisfies Readonly<Record<string, { readonly dtype: DType; readonly shape: Shape }>>;

export type BatchInput = keyof typeof batchInputs;

/** What a batch feeds: all inputs that the graphs of a run ask for, but the one that the loop feeds. */
export type BatchFeeds = Readonly<Partial<Record<Exclude<BatchInput, "loss_scale">, HostTensor>>>;

export function batchLeaf(name: BatchInput): Tensor {
  const { dtype, shape } = batchInputs[name];
  return t.input(name, dtype, shape);
}

/** The trained model on a batch. */
export interface Forwarded {
  readonly model: Model;
  readonly access: Access;
  /** [batch, time, hidden] before the head */
  readonly hidden: Tensor;
}

export type Loss = (forwarded: Forwarded) => LossTerms;

export interface Objective {
  readonly training: Loss;
  readonly evaluation: Loss;
  /** What is reported beside the loss, of the sums over all batches of a step or evaluation. */
  readonly measures: (sums: Readonly<Record<string, number>>) => Readonly<Record<string, number>>;
}

/** Cross-entropy of the token that follows; `added` is what training alone adds. */
export function nextToken(
  added: Omit<TokenLossOptions, "stopIds"> = {},
  { stopIds = [] }: Pick<TokenLossOptions, "stopIds"> = {},
): Objective {
  const loss =
    (options: TokenLossOptions): Loss =>
    ({ model, access, hidden }) => {
      const head = headProduct(model, access, hidden);
      return tokenLoss(head.hidden, { ...model.head, matrix: head.matrix }, tokenTargetLeaves(), {
        ...options,
        stopIds,
      });
    };
  return {
    training: loss(added),
    evaluation: loss({}),
    // Apart, for a model that cannot learn to stop has a low loss all the same.
    measures: ({ stop_loss: sum = 0, stop_tokens: count = 0 }): Readonly<Record<string, number>> =>
      count === 0 ? {} : { stop_loss: sum / count },
  };
}
