/**
 * DeepSeek's mixtures of experts and their relatives: the first (ordinary attention), V2 and V3 (latent attention, experts
 * chosen out of groups), GLM-4.7-Flash and Youtu-LLM (latent attention; Youtu's layers are dense). DeepSeek-AI 2024;
 * transformers' DeepseekV2Config, DeepseekV3Config, Glm4MoeLiteConfig, YoutuConfig. Left out: the layers that predict
 * further tokens.
 */
import type { ConfigReader } from "../config-reader.ts";
import { latentAttention } from "../layers/latent-attention.ts";
import { gatedMlp, type Mlp } from "../layers/mlp.ts";
import type { Router } from "../layers/moe.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import type { Model } from "../model.ts";
import { readCommon, readSizes, requireValue, type Family, type FamilyDefaults, type Sizes } from "./family.ts";
import { llamaLike, type Attention } from "./llama-like.ts";
import { gatedExperts, readExpertCounts, readRouterFacts, type ExpertCounts } from "./moe.ts";
import { readRope } from "./rope.ts";

const keys = { experts: "n_routed_experts", perToken: "num_experts_per_tok" };

/** Ranks and widths of latent attention, with what V2 and V3 assume. */
export function readLatentAttention(
  reader: ConfigReader,
  { facts, heads, normEpsilon }: Sizes,
  options: {
    readonly interleaved: boolean;
    readonly still?: number;
    readonly turning?: number;
    readonly valueDim?: number;
    readonly queryRank?: number;
    readonly keyRank?: number;
  },
): Attention {
  const turning = reader.integer("qk_rope_head_dim", { fallback: options.turning ?? 64, max: 65_536 });
  const queryRank = reader.optionalInteger(
    "q_lora_rank",
    Object.hasOwn(reader.json, "q_lora_rank") ? { min: 1 } : { min: 1, fallback: options.queryRank ?? 1536 },
  );
  return latentAttention({
    heads,
    turning,
    still: reader.integer("qk_nope_head_dim", { fallback: options.still ?? 128 }),
    valueDim: reader.integer("v_head_dim", { fallback: options.valueDim ?? 128 }),
    queryRank,
    keyRank: reader.integer("kv_lora_rank", { fallback: options.keyRank ?? 512 }),
    rope: readRope(reader, {
      headDim: turning,
      maxPositions: facts.maxPositions,
      interleaved: options.interleaved,
    }),
    bias: reader.boolean("attention_bias", false),
    norm: rmsNormLayer(normEpsilon),
  });
}

/** Keys of the published code that say how it was trained or computed. */
function takeTrainingKeys(reader: ConfigReader): void {
  for (const key of ["aux_loss_alpha", "seq_aux", "ep_size", "qk_head_dim", "pretraining_tp"]) reader.take(key);
  requireValue(reader, "moe_layer_freq", 1);
}

/** Tensors of layers beyond the last, which predict the tokens after the next. */
export function leavesOutLayers(reader: ConfigReader, layers: number, keys: readonly string[]): Model["leavesOut"] {
  const further = Math.max(0, ...keys.map((key) => reader.integer(key, { fallback: 0, min: 0 })));
  return (name) => {
    const layer = /^model\.layers\.(\d+)\./.exec(name);
    return layer !== null && Number(layer[1]) >= layers && Number(layer[1]) < layers + further;
  };
}

/** Groups of experts; one group is no grouping. */
function readGroups(
  reader: ConfigReader,
  by: "best" | "bestTwo",
  absent: { readonly count: number; readonly chosen: number },
): Router["groups"] {
  const count = reader.integer("n_group", { fallback: absent.count });
  const chosen = reader.integer("topk_group", { fallback: absent.chosen });
  return count === 1 ? undefined : { count, chosen, by };
}

/** The experts of V3 and of what is built like it. */
export function v3Experts(
  reader: ConfigReader,
  sizes: Sizes,
  counts: ExpertCounts,
  absent: { readonly size: number; readonly factor: number; readonly normalize?: boolean },
): Mlp {
  const size = reader.integer("moe_intermediate_size", { fallback: absent.size });
  const sharedCount = reader.integer("n_shared_experts", { fallback: 1, min: 0 });
  requireValue(reader, "topk_method", "noaux_tc");
  requireValue(reader, "scoring_func", "sigmoid");
  return gatedExperts(sizes, {
    router: {
      ...counts,
      score: "sigmoid",
      normalize: reader.boolean("norm_topk_prob", absent.normalize ?? true),
      factor: reader.number("routed_scaling_factor", { fallback: absent.factor }),
      correction: { name: "gate.e_score_correction_bias", shape: [counts.experts] },
      groups: readGroups(reader, "bestTwo", { count: 1, chosen: 1 }),
    },
    size,
    shared: sharedCount === 0 ? undefined : { size: size * sharedCount, name: "shared_experts" },
  });
}

export const deepseek: Family = {
  modelType: "deepseek",
  architectures: ["DeepseekForCausalLM"],
  covers: "DeepSeek-MoE 16B",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "deepseek",
      maxPositions: 2048,
      normEpsilon: 1e-6,
      bosTokenId: 100_000,
      eosTokenIds: [100_001],
    });
    takeTrainingKeys(reader);
    requireValue(reader, "scoring_func", "softmax");
    const counts = readExpertCounts(reader, keys, { experts: 64, perToken: 6 });
    const size = reader.integer("moe_intermediate_size", { fallback: 1407 });
    const shared = reader.integer("n_shared_experts", { fallback: 2 });
    const firstSparse = reader.integer("first_k_dense_replace", { fallback: 0, min: 0 });
    const dense = gatedMlp(common);
    const bias = reader.boolean("attention_bias", false);
    return llamaLike({
      facts: common.facts,
      router: { ...counts, coefficient: 0 },
      norm: rmsNormLayer(common.normEpsilon),
      attention: () => ({ ...common, bias: { qkv: bias, output: bias } }),
      mlp: gatedExperts(common, {
        router: { ...counts, score: "softmax", normalize: reader.boolean("norm_topk_prob", false) },
        size,
        shared: { size: size * shared, name: "shared_experts" },
      }),
      otherMlp: (layer) => (layer < firstSparse ? dense : undefined),
    });
  },
};

export const deepseekV2: Family = {
  modelType: "deepseek_v2",
  architectures: ["DeepseekV2ForCausalLM"],
  covers: "DeepSeek-V2, V2-Lite, Coder-V2, V2.5",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "deepseek_v2",
      maxPositions: 2048,
      normEpsilon: 1e-6,
      bosTokenId: 1,
      eosTokenIds: [2],
    });
    takeTrainingKeys(reader);
    requireValue(reader, "scoring_func", "softmax");
    requireValue(reader, "norm_topk_prob", false);
    requireValue(reader, "mlp_bias", false);
    const method = reader.take("topk_method") ?? "greedy";
    if (method !== "greedy" && method !== "group_limited_greedy") {
      const message = `is ${JSON.stringify(method)}; supported are "greedy", "group_limited_greedy"`;
      reader.report({ key: "topk_method", kind: "unsupported", message });
    }
    const groups = readGroups(reader, "best", { count: 1, chosen: 1 });
    const counts = readExpertCounts(reader, keys, { experts: 64, perToken: 6 });
    const size = reader.integer("moe_intermediate_size", { fallback: 1407 });
    const shared = reader.integer("n_shared_experts", { fallback: 2 });
    const firstSparse = reader.integer("first_k_dense_replace", { fallback: 0, min: 0 });
    const attention = readLatentAttention(reader, sizes, { interleaved: true });
    const dense = gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size") });
    return llamaLike({
      facts: sizes.facts,
      router: readRouterFacts(reader, counts),
      norm: rmsNormLayer(sizes.normEpsilon),
      attention: () => attention,
      mlp: gatedExperts(sizes, {
        router: {
          ...counts,
          score: "softmax",
          normalize: false,
          factor: reader.number("routed_scaling_factor", { fallback: 1 }),
          groups: method === "greedy" ? undefined : groups,
        },
        size,
        shared: { size: size * shared, name: "shared_experts" },
      }),
      otherMlp: (layer) => (layer < firstSparse ? dense : undefined),
    });
  },
};

/** Latent attention with V3's experts in all layers but the first few. */
function readV3Like(
  reader: ConfigReader,
  defaults: FamilyDefaults,
  isDense: (reader: ConfigReader, layers: number) => (layer: number) => boolean,
  absent: ExpertCounts & {
    readonly size: number;
    readonly factor: number;
    readonly still: number;
    readonly valueDim: number;
  },
): Model {
  const sizes = readSizes(reader, defaults);
  takeTrainingKeys(reader);
  const counts = readExpertCounts(reader, keys, absent);
  const interleaved = reader.boolean("rope_interleave", true);
  const attention = readLatentAttention(reader, sizes, { ...absent, interleaved });
  const dense = gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size") });
  const denseAt = isDense(reader, sizes.facts.layers);
  return llamaLike({
    facts: sizes.facts,
    router: readRouterFacts(reader, counts),
    leavesOut: leavesOutLayers(reader, sizes.facts.layers, ["num_nextn_predict_layers", "num_mtp_layers"]),
    norm: rmsNormLayer(sizes.normEpsilon),
    attention: () => attention,
    mlp: v3Experts(reader, sizes, counts, absent),
    otherMlp: (layer) => (denseAt(layer) ? dense : undefined),
  });
}

export const deepseekV3: Family = {
  modelType: "deepseek_v3",
  architectures: ["DeepseekV3ForCausalLM"],
  covers: "DeepSeek-V3, V3.1, R1, Kimi K2, Moonlight (weights in bfloat16)",
  read: (reader) =>
    readV3Like(
      reader,
      { modelType: "deepseek_v3", maxPositions: 4096, normEpsilon: 1e-6, bosTokenId: 0, eosTokenIds: [1] },
      (config) => {
        const first = config.integer("first_k_dense_replace", { fallback: 3, min: 0 });
        return (layer) => layer < first;
      },
      { experts: 256, perToken: 8, size: 2048, factor: 2.5, still: 128, valueDim: 128 },
    ),
};

/** `mlp_layer_types`: "dense" or "sparse" for each layer; absent: the first is dense. */
export function readSparseTypes(reader: ConfigReader, layers: number): (layer: number) => boolean {
  const types = reader.take("mlp_layer_types");
  if (types === undefined) return (layer) => layer === 0;
  const fits = Array.isArray(types) && types.length === layers && types.every((t) => t === "dense" || t === "sparse");
  if (!fits) {
    const message = `wants "dense" or "sparse" for each of ${layers} layers`;
    reader.report({ key: "mlp_layer_types", kind: "value", message });
    return () => false;
  }
  return (layer) => types[layer] === "dense";
}

export const glm4MoeLite: Family = {
  modelType: "glm4_moe_lite",
  architectures: ["Glm4MoeLiteForCausalLM"],
  covers: "GLM-4.7-Flash",
  read: (reader) =>
    readV3Like(
      reader,
      { modelType: "glm4_moe_lite", maxPositions: 202_752, normEpsilon: 1e-5, bosTokenId: 0, eosTokenIds: [1] },
      (config, layers) => {
        const first = config.optionalInteger("first_k_dense_replace", { min: 0 });
        const byType = readSparseTypes(config, layers);
        return first === undefined ? byType : (layer) => layer < first;
      },
      { experts: 64, perToken: 4, size: 1536, factor: 1.8, still: 192, valueDim: 256 },
    ),
};

export const youtu: Family = {
  modelType: "youtu",
  architectures: ["YoutuForCausalLM"],
  covers: "Youtu-LLM 2B",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "youtu",
      maxPositions: 131_072,
      normEpsilon: 1e-6,
      tied: true,
      bosTokenId: 128_000,
      eosTokenIds: [128_001],
    });
    for (const key of ["qk_head_dim", "embedding_initializer_range"]) reader.take(key);
    const interleaved = reader.boolean("rope_interleave", true);
    const attention = readLatentAttention(reader, sizes, { interleaved });
    return llamaLike({
      facts: sizes.facts,
      norm: rmsNormLayer(sizes.normEpsilon),
      attention: () => attention,
      mlp: gatedMlp({
        ...sizes,
        intermediateSize: reader.integer("intermediate_size"),
        bias: reader.boolean("mlp_bias", false),
      }),
    });
  },
};
