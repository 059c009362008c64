/**
 * Hunyuan: Llama's layers, queries and keys normalised by head after they have turned; as a mixture (A13B) with a shared
 * expert. Hy3: experts by sigmoid with a correction of the choice, normalised before turning. Tencent 2025, 2026;
 * transformers' HunYuanDenseV1Config, HunYuanMoEV1Config, HYV3Config. Left out: layers that predict further tokens.
 */
import { withNames, type ConfigReader } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { readSparseTypes, leavesOutLayers } from "./deepseek.ts";
import { readCommon, requireValue, type Common, type Family } from "./family.ts";
import { llamaLike, type LlamaLike } from "./llama-like.ts";
import { gatedExperts, readExpertCounts, readRouterFacts } from "./moe.ts";

function readHunyuan(reader: ConfigReader, modelType: string): Omit<LlamaLike, "mlp"> & { readonly common: Common } {
  const common = readCommon(reader, {
    modelType,
    maxPositions: 2048,
    normEpsilon: 1e-5,
    bosTokenId: 1,
    eosTokenIds: [2],
    padTokenId: 0,
  });
  reader.take("eod_token_id");
  const bias = reader.boolean("attention_bias", false);
  const norm = rmsNormLayer(common.normEpsilon);
  return {
    common,
    facts: common.facts,
    norm,
    attention: () => ({
      ...common,
      bias: { qkv: bias, output: bias },
      queryKeyNorm: { norm, over: "head", names: { query: "query_layernorm", key: "key_layernorm" }, after: true },
    }),
  };
}

export const hunyuan: Family = {
  modelType: "hunyuan_v1_dense",
  architectures: ["HunYuanDenseV1ForCausalLM"],
  covers: "Hunyuan 0.5B to 7B",
  read: (reader) => {
    const parts = readHunyuan(reader, "hunyuan_v1_dense");
    return llamaLike({ ...parts, mlp: gatedMlp(parts.common) });
  },
};

/** A number, or a list that says the same number for each layer. */
function oneForAll(reader: ConfigReader, key: string): void {
  const stated = reader.json[key];
  if (!Array.isArray(stated)) return;
  reader.take(key);
  if (new Set(stated).size === 1) return;
  reader.report({ key, kind: "unsupported", message: "differs from layer to layer" });
}

/** Lists of one number, as the published config has them, read as that number. */
function withoutLists(reader: ConfigReader, keys: readonly string[]): ConfigReader {
  for (const key of keys) oneForAll(reader, key);
  const first = (key: string): number | undefined => {
    const stated = reader.json[key];
    const value: unknown = Array.isArray(stated) ? stated[0] : undefined;
    return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
  };
  return {
    ...reader,
    integer: (key, options) => (keys.includes(key) ? first(key) : undefined) ?? reader.integer(key, options),
  };
}

export const hunyuanMoe: Family = {
  modelType: "hunyuan_v1_moe",
  architectures: ["HunYuanMoEV1ForCausalLM"],
  covers: "Hunyuan A13B",
  read: (outer) => {
    const lists = ["moe_topk", "num_experts", "moe_intermediate_size", "num_shared_expert"];
    const reader = withoutLists(withNames(outer, { moe_topk: ["num_experts_per_tok"] }), lists);
    const parts = readHunyuan(reader, "hunyuan_v1_moe");
    const { common } = parts;
    const keys = { experts: "num_experts", perToken: "moe_topk" };
    const counts = readExpertCounts(reader, keys, { experts: 1, perToken: 1 });
    const size = reader.integer("moe_intermediate_size", { fallback: common.intermediateSize });
    if (size !== common.intermediateSize) {
      const message = `is ${size}; supported is that of intermediate_size, ${common.intermediateSize}`;
      reader.report({ key: "moe_intermediate_size", kind: "unsupported", message });
    }
    const fixed = { use_mixed_mlp_moe: true, norm_topk_prob: true, use_cla: false, moe_layer_num_skipped: 0 };
    for (const [key, value] of Object.entries(fixed)) requireValue(reader, key, value);
    for (const key of ["cla_share_factor", "moe_drop_tokens", "moe_random_routing_dropped_token"]) reader.take(key);
    for (const key of ["group_limited_greedy", "use_qk_norm"]) requireValue(reader, key, key === "use_qk_norm");
    if (reader.integer("num_shared_expert", { fallback: 1 }) !== 1) requireValue(reader, "num_shared_expert", 1);
    return llamaLike({
      ...parts,
      router: readRouterFacts(reader, counts),
      mlp: gatedExperts(common, {
        router: { ...counts, score: "softmax", normalize: true, name: "gate.wg" },
        size,
        shared: { size, name: "shared_mlp" },
      }),
    });
  },
};

export const hyV3: Family = {
  modelType: "hy_v3",
  architectures: ["HYV3ForCausalLM"],
  covers: "Hy3",
  read: (reader) => {
    const defaults = { kvHeads: 8, headDim: 128, maxPositions: 131_072, normEpsilon: 1e-5, eosTokenIds: [] };
    const common = readCommon(reader, { modelType: "hy_v3", ...defaults }, { theta: 11_158_840 });
    const { layers } = common.facts;
    const keys = { experts: "num_experts", perToken: "num_experts_per_tok" };
    const counts = readExpertCounts(reader, keys, { experts: 192, perToken: 8 });
    const size = reader.integer("moe_intermediate_size", { fallback: 1536 });
    const shared = reader.integer("num_shared_experts", { fallback: 1 });
    const isDense = readSparseTypes(reader, layers);
    reader.take("enable_moe_fp32_combine");
    const bias = reader.boolean("attention_bias", false);
    const dense = gatedMlp({ ...common, bias: reader.boolean("mlp_bias", false) });
    const norm = rmsNormLayer(common.normEpsilon);
    return llamaLike({
      facts: common.facts,
      router: readRouterFacts(reader, counts),
      leavesOut: leavesOutLayers(reader, layers, ["num_nextn_predict_layers", "num_mtp_layers"]),
      norm,
      attention: () => ({ ...common, bias: { qkv: bias, output: bias }, queryKeyNorm: { norm, over: "head" } }),
      mlp: gatedExperts(common, {
        router: {
          ...counts,
          score: "sigmoid",
          normalize: true,
          name: "router.gate",
          factor: reader.number("router_scaling_factor", { fallback: 2.826 }),
          correction: { name: "expert_bias", shape: [counts.experts] },
        },
        size,
        shared: { size: size * shared, name: "shared_mlp" },
      }),
      otherMlp: (layer) => (isDense(layer) ? dense : undefined),
    });
  },
};
