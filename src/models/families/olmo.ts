/**
 * OLMo 2 and 3: norms after each branch instead of before, queries and keys normalised over their whole width; OLMo 3
 * slides in all but every fourth layer. OLMo Team 2024, 2025; transformers' Olmo2Config, Olmo3Config.
 */
import type { ConfigReader } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import type { Model } from "../model.ts";
import { readSizes, readSlidingPattern, readWindow, requireLayerTypes, type Family, type Sizes } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";
import type { RopeConfig } from "../layers/rope.ts";

interface Attention {
  readonly rope: RopeConfig;
  readonly window?: number | undefined;
}

function readOlmo(
  reader: ConfigReader,
  modelType: string,
  attentionOf: (sizes: Sizes) => (layer: number) => Attention,
): Model {
  const sizes = readSizes(reader, {
    modelType,
    maxPositions: 2048,
    normEpsilon: 1e-5,
    eosTokenIds: [50279],
    padTokenId: 1,
  });
  const bias = reader.boolean("attention_bias", false);
  const attention = attentionOf(sizes);
  const norm = rmsNormLayer(sizes.normEpsilon);
  return llamaLike({
    facts: sizes.facts,
    norm,
    norms: { afterAttention: "post_attention_layernorm", afterMlp: "post_feedforward_layernorm" },
    attention: (layer) => ({
      ...sizes,
      ...attention(layer),
      bias: { qkv: bias, output: bias },
      queryKeyNorm: { norm, over: "width" },
    }),
    mlp: gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size") }),
  });
}

export const olmo2: Family = {
  modelType: "olmo2",
  architectures: ["Olmo2ForCausalLM"],
  covers: "OLMo 2",
  read: (reader) =>
    readOlmo(reader, "olmo2", ({ facts, headDim }) => {
      const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions });
      requireLayerTypes(reader, facts.layers, "full_attention");
      return () => ({ rope });
    }),
};

export const olmo3: Family = {
  modelType: "olmo3",
  architectures: ["Olmo3ForCausalLM"],
  covers: "OLMo 3",
  read: (reader) =>
    readOlmo(reader, "olmo3", ({ facts, headDim }) => {
      const shape = { headDim, maxPositions: facts.maxPositions };
      const full = readRope(reader, { ...shape, layerType: "full_attention" });
      const sliding = readRope(reader, { ...shape, layerType: "sliding_attention" });
      const slides = readSlidingPattern(reader, facts.layers, 4);
      const window = readWindow(reader, 4096);
      return (layer) => (slides(layer) ? { rope: sliding, window } : { rope: full });
    }),
};
