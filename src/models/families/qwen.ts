/**
 * Qwen, the first: one matrix for queries, keys and values, with a bias, and an MLP of two halves under names of its own.
 * Bai et al. 2023; modeling_qwen.py beside its weights. Left out: what stretches sequences beyond `seq_length`.
 */
import { withNames } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { fusedProjection } from "../layers/self-attention.ts";
import { readSizes, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";

export const qwen: Family = {
  modelType: "qwen",
  architectures: ["QWenLMHeadModel"],
  covers: "Qwen 1.8B, 7B, 14B, 72B (the first)",
  read: (outer) => {
    // The length that was trained on; max_position_embeddings is a limit of the tokenizer.
    outer.take("max_position_embeddings");
    const reader = withNames(outer, { head_dim: ["kv_channels"] });
    const sizes = readSizes(
      { ...reader, integer: (key, o) => reader.integer(key === "max_position_embeddings" ? "seq_length" : key, o) },
      {
        modelType: "qwen",
        maxPositions: 8192,
        normKey: "layer_norm_epsilon",
        normEpsilon: 1e-6,
        activationKeys: [],
        eosTokenIds: [],
      },
    );
    const { facts, headDim } = sizes;
    // How the published code stretches longer sequences, and how it computes.
    for (const key of ["use_dynamic_ntk", "use_logn_attn", "bf16", "fp16", "fp32", "onnx_safe"]) reader.take(key);
    for (const key of ["use_cache_quantization", "use_cache_kernel", "softmax_in_fp32"]) reader.take(key);
    for (const key of ["no_bias", "scale_attn_weights"]) requireValue(reader, key, true);
    requireValue(reader, "rotary_pct", 1);
    const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, thetaKey: "rotary_emb_base" });
    return llamaLike({
      facts,
      names: { embedding: "transformer.wte", layers: "transformer.h", norm: "transformer.ln_f", head: "lm_head" },
      norm: rmsNormLayer(sizes.normEpsilon),
      norms: { beforeAttention: "ln_1", beforeMlp: "ln_2" },
      places: { attention: "attn", mlp: "mlp" },
      attention: () => ({
        ...sizes,
        rope,
        bias: { qkv: true, output: false },
        project: fusedProjection("c_attn"),
        output: "c_proj",
      }),
      mlp: gatedMlp({
        intermediateSize: Math.floor(reader.integer("intermediate_size") / 2),
        activation: "silu",
        names: { gate: "w2", up: "w1", down: "c_proj" },
      }),
    });
  },
};
