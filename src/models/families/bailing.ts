/**
 * Ling and Ring (Bailing): one matrix for queries, keys and values; a mixture of experts by softmax (the first), or by
 * sigmoid, groups and a correction of the choice, with normalised queries and keys (V2). Ling Team 2025; modeling_bailing_moe
 * beside the weights. Left out: layers that predict further tokens.
 */
import type { ConfigReader } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import type { Router } from "../layers/moe.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { fusedProjection, type QueryKeyNorm } from "../layers/self-attention.ts";
import { leavesOutLayers } from "./deepseek.ts";
import { readCommon, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { gatedExperts, readExpertCounts, readRouterFacts, type ExpertCounts } from "./moe.ts";

/** The second generation says how it scores; the first does not. */
function readRouter(reader: ConfigReader, counts: ExpertCounts, second: boolean): Router {
  const normalize = reader.boolean("norm_topk_prob", true);
  if (!second) return { ...counts, score: "softmax", normalize };
  const count = reader.integer("n_group", { fallback: 8 });
  const chosen = reader.integer("topk_group", { fallback: 4 });
  requireValue(reader, "moe_router_enable_expert_bias", true);
  return {
    ...counts,
    score: "sigmoid",
    normalize,
    factor: reader.number("routed_scaling_factor", { fallback: 2.5 }),
    correction: { name: "gate.expert_bias", shape: [counts.experts] },
    groups: count === 1 ? undefined : { count, chosen, by: "bestTwo" },
  };
}

export const bailingMoe: Family = {
  modelType: "bailing_moe",
  architectures: ["BailingMoeForCausalLM", "BailingMoeV2ForCausalLM"],
  covers: "Ling lite and plus, Ring lite; Ling 2.0 and Ring 2.0",
  read: (reader) => {
    const second = reader.take("score_function") === "sigmoid";
    const common = readCommon(
      reader,
      { modelType: "bailing_moe", maxPositions: 16384, normEpsilon: 1e-5, eosTokenIds: [126_081], padTokenId: 126_081 },
      second ? { share: 0.5 } : {},
    );
    const keys = { experts: "num_experts", perToken: "num_experts_per_tok" };
    const counts = readExpertCounts(reader, keys, { experts: 16, perToken: 2 });
    const size = reader.integer("moe_intermediate_size");
    const shared = reader.integer("num_shared_experts", { fallback: 0, min: 0 });
    const firstSparse = reader.integer("first_k_dense_replace", { fallback: 0, min: 0 });
    // Dropout, precision, and numbers that follow from others.
    for (const key of ["embedding_dropout", "output_dropout", "router_dtype", "use_rmsnorm", "rotary_dim"])
      reader.take(key);
    for (const key of ["moe_shared_expert_intermediate_size", "sliding_window", "max_window_layers"]) reader.take(key);
    for (const key of ["use_sliding_window", "norm_softmax"]) requireValue(reader, key, false);
    const bias = { qkv: reader.boolean("use_qkv_bias", false), output: reader.boolean("use_bias", false) };
    const norm = rmsNormLayer(common.normEpsilon);
    const queryKeyNorm: QueryKeyNorm | undefined = reader.boolean("use_qk_norm", second)
      ? { norm, over: "head", names: { query: "query_layernorm", key: "key_layernorm" } }
      : undefined;
    const dense = gatedMlp(common);
    return llamaLike({
      facts: common.facts,
      router: readRouterFacts(reader, counts),
      leavesOut: leavesOutLayers(reader, common.facts.layers, ["num_nextn_predict_layers"]),
      names: { embedding: "model.word_embeddings", layers: "model.layers", norm: "model.norm", head: "lm_head" },
      norm,
      places: { attention: "attention", mlp: "mlp" },
      attention: () => ({
        ...common,
        bias,
        queryKeyNorm,
        project: fusedProjection("query_key_value"),
        output: "dense",
      }),
      mlp: gatedExperts(common, {
        router: readRouter(reader, counts, second),
        size,
        shared: shared === 0 ? undefined : { size: size * shared, name: "shared_experts" },
      }),
      otherMlp: (layer) => (layer < firstSparse ? dense : undefined),
      head: { normalized: reader.boolean("norm_head", false) },
    });
  },
};
