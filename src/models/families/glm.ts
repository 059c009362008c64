/**
 * GLM-4: half of each head turns, neighbours together; gate and up are one matrix. The 0414 models (glm4) have norms
 * after each branch, too; those from 4.5 on (glm4_moe) have the experts of DeepSeek-V3 and turn halves. GLM Team 2024,
 * 2025; transformers' GlmConfig, Glm4Config, Glm4MoeConfig.
 */
import type { ConfigReader } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import type { Model } from "../model.ts";
import { leavesOutLayers, v3Experts } from "./deepseek.ts";
import { readSizes, type Family } from "./family.ts";
import { llamaLike, type LayerNorms } from "./llama-like.ts";
import { readExpertCounts, readRouterFacts } from "./moe.ts";
import { readRope } from "./rope.ts";

function readGlm(reader: ConfigReader, modelType: string, norms: LayerNorms): Model {
  const sizes = readSizes(reader, {
    modelType,
    kvHeads: 2,
    headDim: 128,
    maxPositions: 131_072,
    normEpsilon: 1.5625e-7,
    eosTokenIds: [],
    padTokenId: 151_329,
  });
  const { facts, headDim } = sizes;
  const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, share: 0.5, interleaved: true });
  const bias = { qkv: reader.boolean("attention_bias", true), output: false };
  return llamaLike({
    facts,
    norm: rmsNormLayer(sizes.normEpsilon),
    norms,
    attention: () => ({ ...sizes, rope, bias }),
    mlp: gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size"), fused: "gate_up_proj" }),
  });
}

const before: LayerNorms = { beforeAttention: "input_layernorm", beforeMlp: "post_attention_layernorm" };

export const glm: Family = {
  modelType: "glm",
  architectures: ["GlmForCausalLM"],
  covers: "GLM-4 9B, GLM-Edge",
  read: (reader) => readGlm(reader, "glm", before),
};

export const glm4: Family = {
  modelType: "glm4",
  architectures: ["Glm4ForCausalLM"],
  covers: "GLM-4-0414, GLM-Z1",
  read: (reader) =>
    readGlm(reader, "glm4", {
      ...before,
      afterAttention: "post_self_attn_layernorm",
      afterMlp: "post_mlp_layernorm",
    }),
};

export const glm4Moe: Family = {
  modelType: "glm4_moe",
  architectures: ["Glm4MoeForCausalLM"],
  covers: "GLM-4.5, 4.5-Air, 4.6, 4.7",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "glm4_moe",
      kvHeads: 8,
      maxPositions: 131_072,
      normEpsilon: 1e-5,
      eosTokenIds: [],
    });
    const { facts, headDim } = sizes;
    const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, share: 0.5 });
    const counts = readExpertCounts(
      reader,
      { experts: "n_routed_experts", perToken: "num_experts_per_tok" },
      { experts: 128, perToken: 8 },
    );
    const firstSparse = reader.integer("first_k_dense_replace", { fallback: 1, min: 0 });
    const dense = gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size") });
    const bias = { qkv: reader.boolean("attention_bias", false), output: false };
    const norm = rmsNormLayer(sizes.normEpsilon);
    const queryKeyNorm = reader.boolean("use_qk_norm", false) ? { norm, over: "head" as const } : undefined;
    return llamaLike({
      facts,
      router: readRouterFacts(reader, counts),
      leavesOut: leavesOutLayers(reader, facts.layers, ["num_nextn_predict_layers", "num_mtp_layers"]),
      norm,
      attention: () => ({ ...sizes, rope, bias, queryKeyNorm }),
      mlp: v3Experts(reader, sizes, counts, { size: 1408, factor: 1 }),
      otherMlp: (layer) => (layer < firstSparse ? dense : undefined),
    });
  },
};
