/**
 * Gemma 1, 2 and 3 (text): scaled embeddings, norms whose stored scale is a difference from one, wide heads. Gemma 2
 * adds norms after each branch, soft caps and windows in every second layer; Gemma 3 normalises queries and keys, and
 * its sliding layers (all but every sixth) turn by frequencies of their own. Gemma Team 2024, 2024, 2025.
 */
import type { ConfigReader } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { readSizes, readSlidingPattern, readWindow, requireLayerTypes, type Family, type Sizes } from "./family.ts";
import { llamaLike, type LayerNorms } from "./llama-like.ts";
import { readRope } from "./rope.ts";

function readGemma(reader: ConfigReader, modelType: string, maxPositions: number, kvHeads: number): Sizes {
  // The first Gemma's hidden_act said "gelu" where the tanh approximation was meant; transformers reads hidden_act.
  const sizes = readSizes(reader, {
    modelType,
    kvHeads,
    headDim: 256,
    maxPositions,
    normEpsilon: 1e-6,
    activationKeys: ["hidden_activation", "hidden_act"],
    activation: "gelu_pytorch_tanh",
    tied: true,
    bosTokenId: 2,
    eosTokenIds: [1],
    padTokenId: 0,
  });
  if (reader.take("use_bidirectional_attention") === true) {
    reader.report({
      key: "use_bidirectional_attention",
      kind: "unsupported",
      message: "is true; a decoder that sees what comes after is not supported",
    });
  }
  return sizes;
}

const sandwich: LayerNorms = {
  beforeAttention: "input_layernorm",
  afterAttention: "post_attention_layernorm",
  beforeMlp: "pre_feedforward_layernorm",
  afterMlp: "post_feedforward_layernorm",
};

const positive = (value: number): number | undefined => (value === 0 ? undefined : value);

export const gemma: Family = {
  modelType: "gemma",
  architectures: ["GemmaForCausalLM"],
  covers: "Gemma",
  read: (reader) => {
    const sizes = readGemma(reader, "gemma", 8192, 16);
    const { facts, headDim } = sizes;
    const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions });
    const bias = reader.boolean("attention_bias", false);
    requireLayerTypes(reader, facts.layers, "full_attention");
    return llamaLike({
      facts,
      embeddingScale: Math.sqrt(facts.hiddenSize),
      norm: rmsNormLayer(sizes.normEpsilon, { plusOne: true }),
      attention: () => ({ ...sizes, rope, bias: { qkv: bias, output: bias } }),
      mlp: gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size") }),
    });
  },
};

export const gemma2: Family = {
  modelType: "gemma2",
  architectures: ["Gemma2ForCausalLM"],
  covers: "Gemma 2",
  read: (reader) => {
    const sizes = readGemma(reader, "gemma2", 8192, 4);
    const { facts, headDim } = sizes;
    const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions });
    const bias = reader.boolean("attention_bias", false);
    const slides = readSlidingPattern(reader, facts.layers, 2);
    const window = readWindow(reader, 4096);
    const scale = reader.number("query_pre_attn_scalar", { fallback: 256, min: 1e-6 }) ** -0.5;
    const softcap = readCap(reader, "attn_logit_softcapping", 50);
    return llamaLike({
      facts,
      embeddingScale: Math.sqrt(facts.hiddenSize),
      norm: rmsNormLayer(sizes.normEpsilon, { plusOne: true }),
      norms: sandwich,
      attention: (layer) => ({
        ...sizes,
        rope,
        bias: { qkv: bias, output: bias },
        scale,
        softcap,
        window: slides(layer) ? window : undefined,
      }),
      mlp: gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size") }),
      head: { softcap: readCap(reader, "final_logit_softcapping", 30) },
    });
  },
};

export const gemma3: Family = {
  modelType: "gemma3_text",
  architectures: ["Gemma3ForCausalLM"],
  covers: "Gemma 3 270M and 1B",
  read: (reader) => {
    const sizes = readGemma(reader, "gemma3_text", 131_072, 4);
    const { facts, headDim } = sizes;
    const shape = { headDim, maxPositions: facts.maxPositions };
    const rope = readRope(reader, { ...shape, theta: 1e6, layerType: "full_attention" });
    const thetaKey = "rope_local_base_freq";
    const localRope = readRope(reader, { ...shape, thetaKey, layerType: "sliding_attention" });
    const bias = reader.boolean("attention_bias", false);
    const slides = readSlidingPattern(reader, facts.layers, 6);
    const window = readWindow(reader, 4096);
    const scale = reader.number("query_pre_attn_scalar", { fallback: 256, min: 1e-6 }) ** -0.5;
    const softcap = readCap(reader, "attn_logit_softcapping", 0);
    const norm = rmsNormLayer(sizes.normEpsilon, { plusOne: true });
    return llamaLike({
      facts,
      embeddingScale: Math.sqrt(facts.hiddenSize),
      norm,
      norms: sandwich,
      attention: (layer) => ({
        ...sizes,
        rope: slides(layer) ? localRope : rope,
        bias: { qkv: bias, output: bias },
        scale,
        softcap,
        window: slides(layer) ? window : undefined,
        queryKeyNorm: { norm, over: "head" },
      }),
      mlp: gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size") }),
      head: { softcap: readCap(reader, "final_logit_softcapping", 0) },
    });
  },
};

/** A soft cap; null and 0 mean none. */
function readCap(reader: ConfigReader, key: string, absent: number): number | undefined {
  return positive(reader.number(key, { fallback: Object.hasOwn(reader.json, key) ? 0 : absent }));
}
