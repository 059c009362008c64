/**
 * What the decoder graph needs to know of a model, as plain properties. Families translate their config.json
 * into this; nothing after that asks which family a model is of.
 */

/** Rotary position embedding, worked out: the graph only multiplies positions by these. */
export interface RopeConfig {
  /** As config.json names it; for messages only. */
  readonly type: string;
  readonly theta: number;
  /** Radians per position, one for each pair of a head: [headDim / 2]. */
  readonly inverseFrequencies: readonly number[];
  /** Scales cosines and sines (YaRN); 1 elsewhere. */
  readonly attentionFactor: number;
}

export interface DecoderConfig {
  /** For messages only: shared code does not branch on it. */
  readonly modelType: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; divides `heads`. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly rmsNormEpsilon: number;
  readonly rope: RopeConfig;
  readonly attentionBias: { readonly qkv: boolean; readonly output: boolean };
  readonly mlpBias: boolean;
  /** The output head is the embedding table. */
  readonly tied: boolean;
  /** Per layer: how many tokens back a token sees, itself included; undefined is all. */
  readonly slidingWindow: readonly (number | undefined)[];
  /** The longest sequence the model was made for. */
  readonly maxPositions: number;
  readonly activation: "silu";
  readonly bosTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | undefined;
}
