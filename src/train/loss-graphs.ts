/**
 * The loss of a decoder as a graph of a micro-batch: which tensors are trained decides the tuner, which tokens
 * the batch. One graph serves full and adapter training, with dropout in training alone.
 */
import { tokenLoss, tokenTargetLeaves } from "../losses/token-loss.ts";
import { withLora, type Lora } from "../models/adapters/lora.ts";
import { decoderHidden, headWeight } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import { createParameters, frozenLeaf, type Parameters, type ParameterSpec } from "../models/parameters.ts";
import { internal } from "../base/errors.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import type { LossGraph, TrainableLeaves } from "./train-step.ts";

export interface LossGraphOptions {
  readonly config: DecoderConfig;
  /** Absent: every parameter is trained. */
  readonly lora?: Lora | undefined;
  /** Rows hold several samples that must not see each other. */
  readonly packed: boolean;
}

/** The two graphs of a run; they differ where dropout is. */
export function decoderLossGraphs(options: LossGraphOptions): {
  readonly training: LossGraph;
  readonly evaluation: LossGraph;
} {
  const graph =
    (dropout: boolean): LossGraph =>
    (trainable) =>
      decoderLoss(options, trainable, dropout);
  return { training: graph((options.lora?.options.dropout ?? 0) > 0), evaluation: graph(false) };
}

function decoderLoss({ config, lora, packed }: LossGraphOptions, trainable: TrainableLeaves, dropout: boolean): Tensor {
  const tokens = (name: string): Tensor => t.input(name, "int32", ["batch", "time"]);
  const leaf = ({ name }: ParameterSpec): Tensor => trainable.get(name) ?? internal(`${name} is not trained`);
  const parameters: Parameters =
    lora === undefined
      ? createParameters(config, leaf)
      : withLora(
          createParameters(config, frozenLeaf),
          lora,
          leaf,
          dropout ? { dropoutRows: tokens("dropout_rows") } : {},
        );
  const hidden = decoderHidden(config, parameters, {
    inputIds: tokens("input_ids"),
    positions: tokens("positions"),
    ...(packed ? { segments: tokens("segments") } : {}),
  });
  return tokenLoss(hidden, headWeight(config, parameters), tokenTargetLeaves());
}
