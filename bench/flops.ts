/**
 * Floating-point operations of a training step, counted as the field does (Kaplan et al. 2020, section 2.1): a
 * product of a weight with a token is 2, forward; backward is twice that for trained weights, once for frozen
 * ones, whose own gradient is not needed. Attention scores and mixtures are added, causality not subtracted.
 */
import type { DecoderConfig } from "../src/models/decoder-config.ts";

export interface StepShape {
  readonly batch: number;
  readonly time: number;
  /** Numbers in adapter matrices; 0 for full training. */
  readonly adapterParameters: number;
  readonly full: boolean;
}

export function stepFlops(config: DecoderConfig, { batch, time, adapterParameters, full }: StepShape): number {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim, layers, vocabSize } = config;
  const attention = hiddenSize * headDim * (2 * heads + 2 * kvHeads);
  const matrices = layers * (attention + 3 * hiddenSize * intermediateSize) + vocabSize * hiddenSize;
  const tokens = batch * time;
  const scores = 2 * 2 * batch * time * time * heads * headDim * layers;
  return (full ? 6 : 4) * matrices * tokens + 6 * adapterParameters * tokens + 3 * scores;
}
