/**
 * The mixtures of experts of Qwen: Qwen 1.5 and 2 with a gated shared expert, Qwen3 without. Qwen Team 2024, 2025;
 * transformers' Qwen2MoeConfig, Qwen3MoeConfig.
 */
import type { ConfigReader } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { readCommon, readLayerTypes, readWindow, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { gatedExperts, readExpertCounts, readQwenDense, readRouterFacts } from "./moe.ts";

const keys = { experts: "num_experts", perToken: "num_experts_per_tok" };

/** By `layer_types`; without it, every second layer up to `max_window_layers` slides where any does. */
function readQwen2MoeWindows(reader: ConfigReader, layers: number): (layer: number) => number | undefined {
  const uses = reader.boolean("use_sliding_window", false);
  // Newer versions of transformers write 0 where no layer slides.
  const stated = reader.integer("sliding_window", { fallback: 4096, min: 0 });
  const upTo = reader.integer("max_window_layers", { fallback: 28, min: 0 });
  const types = readLayerTypes(reader, layers);
  const slides = (layer: number): boolean =>
    types === undefined ? layer % 2 === 0 && layer < upTo : types[layer] === "sliding_attention";
  return (layer) => (uses && slides(layer) ? stated : undefined);
}

export const qwen2Moe: Family = {
  modelType: "qwen2_moe",
  architectures: ["Qwen2MoeForCausalLM"],
  covers: "Qwen1.5-MoE A2.7B, Qwen2 57B A14B",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "qwen2_moe",
      kvHeads: 16,
      maxPositions: 32768,
      normEpsilon: 1e-6,
      eosTokenIds: [],
    });
    const windowOf = readQwen2MoeWindows(reader, common.facts.layers);
    const counts = readExpertCounts(reader, keys, { experts: 60, perToken: 4 });
    const isDense = readQwenDense(reader, counts);
    const dense = gatedMlp(common);
    const bias = reader.boolean("qkv_bias", true);
    return llamaLike({
      facts: common.facts,
      router: readRouterFacts(reader, counts),
      norm: rmsNormLayer(common.normEpsilon),
      attention: (layer) => ({ ...common, window: windowOf(layer), bias: { qkv: bias, output: false } }),
      mlp: gatedExperts(common, {
        router: { ...counts, score: "softmax", normalize: reader.boolean("norm_topk_prob", false) },
        size: reader.integer("moe_intermediate_size", { fallback: 1408 }),
        shared: {
          size: reader.integer("shared_expert_intermediate_size", { fallback: 5632 }),
          name: "shared_expert",
          gate: "shared_expert_gate",
        },
      }),
      otherMlp: (layer) => (isDense(layer) ? dense : undefined),
    });
  },
};

export const qwen3Moe: Family = {
  modelType: "qwen3_moe",
  architectures: ["Qwen3MoeForCausalLM"],
  covers: "Qwen3 30B A3B, 235B A22B, Qwen3-Coder",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "qwen3_moe",
      kvHeads: 4,
      maxPositions: 32768,
      normEpsilon: 1e-6,
      eosTokenIds: [],
    });
    const uses = reader.boolean("use_sliding_window", false);
    const stated = readWindow(reader, 4096);
    reader.take("max_window_layers");
    const counts = readExpertCounts(reader, keys, { experts: 128, perToken: 8 });
    const isDense = readQwenDense(reader, counts);
    const dense = gatedMlp(common);
    const bias = reader.boolean("attention_bias", false);
    const norm = rmsNormLayer(common.normEpsilon);
    return llamaLike({
      facts: common.facts,
      router: readRouterFacts(reader, counts),
      norm,
      attention: () => ({
        ...common,
        window: uses ? stated : undefined,
        bias: { qkv: bias, output: bias },
        queryKeyNorm: { norm, over: "head" },
      }),
      mlp: gatedExperts(common, {
        router: { ...counts, score: "softmax", normalize: reader.boolean("norm_topk_prob", false) },
        size: reader.integer("moe_intermediate_size", { fallback: 768 }),
      }),
      otherMlp: (layer) => (isDense(layer) ? dense : undefined),
    });
  },
};
