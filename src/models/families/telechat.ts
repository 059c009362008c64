/**
 * TeleChat and TeleChat 2: queries by one matrix, keys and values of each head by another; biases where branches end. The
 * base of the rotary embedding grows with the length that was trained on. TeleAI 2024; modeling_telechat.py beside the
 * weights. Left out: what stretches sequences beyond that length, a norm after the embedding.
 */
import { mul, reshape, slice, type Dim, type Tensor } from "../../tensor/index.ts";
import { withNames, type ConfigReader } from "../config-reader.ts";
import { activations, type Mlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import type { Projection } from "../layers/self-attention.ts";
import type { Model } from "../model.ts";
import { width, type Scope } from "../scope.ts";
import { readSizes, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";

const names = {
  num_hidden_layers: ["n_layer"],
  num_attention_heads: ["n_head"],
  intermediate_size: ["ffn_hidden_size"],
  max_position_embeddings: ["seq_length"],
};

/** Keys and values of a head stand side by side. */
const project: Projection = (scope, x, { heads, kvHeads, headDim }) => {
  const query = scope.linear(x, "query", heads * headDim);
  const both = scope.linear(x, "key_value", 2 * kvHeads * headDim);
  const [batch, time] = both.shape as [Dim, Dim];
  const byHead = reshape(both, [batch, time, kvHeads, 2 * headDim]);
  const part = (i: 0 | 1): Tensor =>
    reshape(slice(byHead, 3, i * headDim, (i + 1) * headDim), [batch, time, kvHeads * headDim]);
  return [query, part(0), part(1)];
};

const mlpOf =
  (intermediateSize: number): Mlp =>
  (scope: Scope, x: Tensor) => {
    const gate = scope.linear(x, "gate_proj", intermediateSize);
    const inner = mul(activations.silu(gate), scope.linear(x, "up_proj", intermediateSize));
    return scope.linear(inner, "down_proj", width(x.shape), { bias: true });
  };

/** 2^ceil(log2(trained / base) + 1) - 1, at least 1. */
function ntkAlpha(reader: ConfigReader): number {
  const trained = reader.integer("training_seqlen", { fallback: 8192 });
  const base = reader.integer("base_seqlen", { fallback: 8192 });
  return Math.max(1, 2 ** Math.ceil(Math.log2(trained / base) + 1) - 1);
}

function readTelechat(outer: ConfigReader, modelType: string): Model {
  const reader = withNames(outer, names);
  const sizes = readSizes(reader, {
    modelType,
    maxPositions: 8192,
    normKey: "layer_norm_epsilon",
    normEpsilon: 1e-5,
    activationKeys: [],
    tied: true,
    bosTokenId: 1,
    eosTokenIds: [2],
  });
  const { facts, headDim } = sizes;
  const fixed = { apply_residual_connection_post_layernorm: false, embed_layernorm: false };
  for (const [key, value] of Object.entries({ ...fixed, add_bias_linear: false })) requireValue(reader, key, value);
  for (const key of ["flash_attn", "logn", "slow_but_exact"]) reader.take(key);
  const theta = 10000 * ntkAlpha(reader) ** (headDim / (headDim - 2));
  const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, theta });
  return llamaLike({
    facts,
    names: {
      embedding: "transformer.word_embeddings",
      layers: "transformer.h",
      norm: "transformer.ln_f",
      head: "lm_head",
    },
    norm: rmsNormLayer(sizes.normEpsilon),
    places: { attention: "self_attention", mlp: "mlp" },
    attention: () => ({ ...sizes, rope, bias: { qkv: false, output: true }, project, output: "dense" }),
    mlp: mlpOf(reader.integer("intermediate_size")),
  });
}

export const telechat: Family = {
  modelType: "telechat",
  architectures: ["TelechatForCausalLM", "TeleChatForCausalLM", "TeleChat2ForCausalLM"],
  covers: "TeleChat 7B, 12B, TeleChat 2",
  read: (reader) => readTelechat(reader, "telechat"),
};
