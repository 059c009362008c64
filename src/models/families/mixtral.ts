/**
 * Mixtral (Jiang et al. 2024) and MiniMax-M2: every layer is a mixture of experts. MiniMax-M2 chooses by sigmoid scores with
 * a correction, normalises queries and keys over their whole width, and turns a part of each head.
 * transformers' MixtralConfig, MiniMaxM2Config. Left out: noise on the router's input in training.
 */
import { rmsNormLayer } from "../layers/norm.ts";
import { readCommon, readWindow, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { gatedExperts, readExpertCounts, readRouterFacts } from "./moe.ts";

const names = { gate: "w1", up: "w3", down: "w2" };
const places = { attention: "self_attn", mlp: "block_sparse_moe" };
const keys = { experts: "num_local_experts", perToken: "num_experts_per_tok" };

export const mixtral: Family = {
  modelType: "mixtral",
  architectures: ["MixtralForCausalLM"],
  covers: "Mixtral 8x7B, 8x22B, WizardLM 2 8x22B",
  read: (reader) => {
    const common = readCommon(
      reader,
      {
        modelType: "mixtral",
        kvHeads: 8,
        maxPositions: 131_072,
        normEpsilon: 1e-5,
        bosTokenId: 1,
        eosTokenIds: [2],
      },
      { theta: 1_000_000 },
    );
    const window = readWindow(reader, undefined);
    const counts = readExpertCounts(reader, keys, { experts: 8, perToken: 2 });
    reader.take("router_jitter_noise");
    return llamaLike({
      facts: common.facts,
      router: readRouterFacts(reader, counts),
      norm: rmsNormLayer(common.normEpsilon),
      places,
      attention: () => ({ ...common, window, bias: { qkv: false, output: false } }),
      mlp: gatedExperts(common, {
        router: { ...counts, score: "softmax", normalize: true },
        size: common.intermediateSize,
        names,
      }),
    });
  },
};

export const minimaxM2: Family = {
  modelType: "minimax_m2",
  architectures: ["MiniMaxM2ForCausalLM"],
  covers: "MiniMax-M2",
  read: (reader) => {
    const defaults = {
      modelType: "minimax_m2",
      kvHeads: 8,
      headDim: 128,
      maxPositions: 196_608,
      normEpsilon: 1e-6,
      bosTokenId: 200_034,
      eosTokenIds: [200_020],
    };
    const stated = reader.optionalInteger("rotary_dim");
    const headDim = reader.integer("head_dim", { fallback: 128 });
    const common = readCommon(reader, defaults, {
      theta: 5_000_000,
      share: stated === undefined ? 1 : Math.min(1, stated / headDim),
    });
    const counts = readExpertCounts(reader, keys, { experts: 256, perToken: 8 });
    const norm = rmsNormLayer(common.normEpsilon);
    for (const key of ["router_jitter_noise", "mtp_transformer_layers", "num_mtp_modules", "use_mtp"]) reader.take(key);
    const fixed = { qk_norm_type: "per_layer", scoring_func: "sigmoid", use_qk_norm: true, use_routing_bias: true };
    for (const [key, value] of Object.entries({ ...fixed, shared_intermediate_size: 0 })) {
      requireValue(reader, key, value);
    }
    // What of the first MiniMax is left in its config and does nothing here.
    const left = ["attn_type_list", "layernorm_full_attention_beta", "layernorm_linear_attention_beta"];
    for (const key of [...left, "layernorm_mlp_beta", "shared_moe_mode"]) reader.take(key);
    return llamaLike({
      facts: common.facts,
      router: readRouterFacts(reader, counts),
      norm,
      places,
      attention: () => ({ ...common, bias: { qkv: false, output: false }, queryKeyNorm: { norm, over: "width" } }),
      mlp: gatedExperts(common, {
        router: {
          ...counts,
          score: "sigmoid",
          normalize: true,
          correction: { name: "e_score_correction_bias", shape: [counts.experts] },
        },
        size: common.intermediateSize,
        names,
      }),
    });
  },
};
