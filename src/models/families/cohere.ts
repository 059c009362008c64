/**
 * Command R (Cohere) and Command R7B (Cohere 2): attention and MLP in parallel, layer norms without bias, neighbours
 * turn together, scaled logits; Cohere 2 slides in all but every fourth layer, which knows no positions.
 * Command R+ normalises queries and keys. transformers' CohereConfig, Cohere2Config.
 */
import type { ConfigReader } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { headwiseNorm, layerNormLayer } from "../layers/norm.ts";
import type { SelfAttentionOptions } from "../layers/self-attention.ts";
import type { Model } from "../model.ts";
import { readSizes, readSlidingPattern, readWindow, requireLayerTypes, type Family, type Sizes } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";

type Attention = Pick<SelfAttentionOptions, "rope" | "window">;

function readCohere(
  reader: ConfigReader,
  modelType: string,
  attentionOf: (sizes: Sizes) => (layer: number) => Attention,
): Model {
  const sizes = readSizes(reader, {
    modelType,
    maxPositions: 8192,
    normKey: "layer_norm_eps",
    normEpsilon: 1e-5,
    tied: true,
    bosTokenId: 5,
    eosTokenIds: [255_001],
    padTokenId: 0,
  });
  const bias = reader.boolean("attention_bias", false);
  const attention = attentionOf(sizes);
  const queryKeyNorm = reader.boolean("use_qk_norm", false)
    ? { norm: headwiseNorm(sizes.normEpsilon), over: "head" as const }
    : undefined;
  return llamaLike({
    facts: sizes.facts,
    norm: layerNormLayer(sizes.normEpsilon, { bias: false }),
    norms: { beforeAttention: "input_layernorm" },
    parallel: true,
    attention: (layer) => ({ ...sizes, ...attention(layer), bias: { qkv: bias, output: bias }, queryKeyNorm }),
    mlp: gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size") }),
    head: { scale: reader.number("logit_scale", { fallback: 0.0625 }) },
  });
}

export const cohere: Family = {
  modelType: "cohere",
  architectures: ["CohereForCausalLM"],
  covers: "Command R, Command R+, Aya",
  read: (reader) =>
    readCohere(reader, "cohere", ({ facts, headDim }) => {
      const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, interleaved: true });
      requireLayerTypes(reader, facts.layers, "full_attention");
      return () => ({ rope });
    }),
};

export const cohere2: Family = {
  modelType: "cohere2",
  architectures: ["Cohere2ForCausalLM"],
  covers: "Command R7B, Command A",
  read: (reader) =>
    readCohere(reader, "cohere2", ({ facts, headDim }) => {
      const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, interleaved: true });
      const slides = readSlidingPattern(reader, facts.layers, 4);
      const window = readWindow(reader, 4096);
      return (layer) => (slides(layer) ? { rope, window } : { rope: undefined });
    }),
};
