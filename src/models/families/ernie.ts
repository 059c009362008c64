/**
 * ERNIE 4.5: Llama's layers, neighbours turn together; as a mixture, experts by softmax with a correction of the choice.
 * Baidu 2025; transformers' Ernie4_5Config, Ernie4_5_MoeConfig. Left out: layers that predict further tokens.
 */
import { withNames } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { readCommon, readSizes, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { gatedExperts, readExpertCounts, readRouterFacts } from "./moe.ts";
import { readRope } from "./rope.ts";

export const ernie: Family = {
  modelType: "ernie4_5",
  architectures: ["Ernie4_5ForCausalLM", "Ernie4_5_ForCausalLM"],
  covers: "ERNIE 4.5 0.3B",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "ernie4_5",
      kvHeads: 2,
      headDim: 128,
      maxPositions: 131_072,
      normEpsilon: 1e-5,
      tied: true,
      bosTokenId: 1,
      eosTokenIds: [2],
      padTokenId: 0,
    });
    const { facts, headDim } = sizes;
    const theta = 500_000;
    const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, theta, interleaved: true });
    const bias = reader.boolean("use_bias", false);
    return llamaLike({
      facts,
      norm: rmsNormLayer(sizes.normEpsilon),
      attention: () => ({ ...sizes, rope, bias: { qkv: bias, output: bias } }),
      mlp: gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size"), bias }),
    });
  },
};

export const ernieMoe: Family = {
  modelType: "ernie4_5_moe",
  architectures: ["Ernie4_5_MoeForCausalLM"],
  covers: "ERNIE 4.5 21B A3B, 300B A47B",
  read: (outer) => {
    const reader = withNames(outer, { moe_k: ["num_experts_per_tok"] });
    const common = readCommon(
      reader,
      {
        modelType: "ernie4_5_moe",
        kvHeads: 4,
        maxPositions: 131_072,
        normEpsilon: 1e-5,
        tied: true,
        bosTokenId: 1,
        eosTokenIds: [2],
        padTokenId: 0,
      },
      { theta: 500_000, interleaved: true },
    );
    const { layers } = common.facts;
    const counts = readExpertCounts(
      reader,
      { experts: "moe_num_experts", perToken: "moe_k" },
      { experts: 64, perToken: 6 },
    );
    const size = reader.integer("moe_intermediate_size", { fallback: 1536 });
    const shared = reader.integer("moe_num_shared_experts", { fallback: 2, min: 0 });
    const first = reader.integer("moe_layer_start_index", { fallback: 1, min: 0 });
    const stated = reader.integer("moe_layer_end_index", { fallback: -1, min: -1 });
    const last = stated === -1 ? layers - 1 : stated;
    const interval = reader.integer("moe_layer_interval", { fallback: 1 });
    const isSparse = (layer: number): boolean => (layer + 1) % interval === 0 && layer >= first && layer <= last;
    for (const key of ["moe_norm_min", "moe_capacity", "num_nextn_predict_layers"]) reader.take(key);
    requireValue(reader, "moe_use_aux_free", true);
    requireValue(reader, "moe_gate", "topk");
    const bias = reader.boolean("use_bias", false);
    const dense = gatedMlp({ ...common, bias });
    return llamaLike({
      facts: common.facts,
      router: readRouterFacts(reader, counts),
      leavesOut: (name) => name.startsWith("model.mtp"),
      norm: rmsNormLayer(common.normEpsilon),
      attention: () => ({ ...common, bias: { qkv: bias, output: bias } }),
      mlp: gatedExperts(common, {
        router: {
          ...counts,
          score: "softmax",
          normalize: true,
          correction: { name: "moe_statics.e_score_correction_bias", shape: [1, counts.experts] },
        },
        size,
        shared: shared === 0 ? undefined : { size: size * shared, name: "shared_experts" },
      }),
      otherMlp: (layer) => (isSparse(layer) ? undefined : dense),
    });
  },
};
