/**
 * ChatGLM 2 and 3, GLM-4 9B as first published, CodeGeeX 4: one matrix for queries, keys and values, half of each head turns,
 * neighbours together. GLM Team 2024; modeling_chatglm.py beside the weights. Left out: prompts of a prefix encoder.
 */
import { withNames } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { fusedProjection } from "../layers/self-attention.ts";
import { readSizes, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";

const names = {
  vocab_size: ["padded_vocab_size"],
  num_hidden_layers: ["num_layers"],
  head_dim: ["kv_channels"],
  max_position_embeddings: ["seq_length"],
};

/** What the published code could do and no published model does. */
const fixed = {
  add_bias_linear: false,
  apply_residual_connection_post_layernorm: false,
  post_layer_norm: true,
  rmsnorm: true,
  original_rope: true,
  quantization_bit: 0,
  pre_seq_len: null,
  prefix_projection: false,
};

export const chatglm: Family = {
  modelType: "chatglm",
  architectures: ["ChatGLMModel", "ChatGLMForConditionalGeneration"],
  covers: "ChatGLM2, ChatGLM3, GLM-4 9B (first), CodeGeeX2, CodeGeeX4",
  read: (outer) => {
    const reader = withNames(outer, names);
    const sizes = readSizes(reader, {
      modelType: "chatglm",
      headDim: 128,
      maxPositions: 2048,
      normKey: "layernorm_epsilon",
      normEpsilon: 1e-5,
      activationKeys: [],
      eosTokenIds: [2],
      padTokenId: 0,
    });
    const { facts, headDim, heads } = sizes;
    for (const [key, value] of Object.entries(fixed)) requireValue(reader, key, value);
    // How the published code computes: the scaling by layer is taken back inside of softmax.
    const how = ["apply_query_key_layer_scaling", "attention_softmax_in_fp32", "bias_dropout_fusion"];
    for (const key of [...how, "fp32_residual_connection", "interleaved_qkv"]) reader.take(key);
    const grouped = reader.boolean("multi_query_attention", false);
    const groups = reader.integer("multi_query_group_num", { fallback: 1 });
    const theta = 10000 * reader.number("rope_ratio", { fallback: 1, min: 1e-6 });
    const rope = readRope(reader, {
      headDim,
      maxPositions: facts.maxPositions,
      theta,
      turning: headDim / 2,
      interleaved: true,
    });
    const bias = reader.boolean("add_qkv_bias", false);
    return llamaLike({
      facts,
      names: {
        embedding: "transformer.embedding.word_embeddings",
        layers: "transformer.encoder.layers",
        norm: "transformer.encoder.final_layernorm",
        head: "transformer.output_layer",
      },
      norm: rmsNormLayer(sizes.normEpsilon),
      places: { attention: "self_attention", mlp: "mlp" },
      attention: () => ({
        ...sizes,
        kvHeads: grouped ? groups : heads,
        rope,
        bias: { qkv: bias, output: false },
        project: fusedProjection("query_key_value"),
        output: "dense",
      }),
      mlp: gatedMlp({
        intermediateSize: reader.integer("ffn_hidden_size"),
        activation: "silu",
        fused: "dense_h_to_4h",
        names: { gate: "", up: "", down: "dense_4h_to_h" },
      }),
    });
  },
};
