/**
 * Baichuan 1 and 2: Llama's layers with one matrix for queries, keys and values; the 13B models have ALiBi, which their
 * config shows by leaving out max_position_embeddings; Baichuan 2 divides the rows of its head by their lengths, which its
 * vocabulary shows. Yang et al. 2023; modeling_baichuan.py beside the weights.
 */
import { withNames } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { alibiSlopes } from "../layers/positions.ts";
import { fusedProjection } from "../layers/self-attention.ts";
import { readCommon, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

/** The vocabulary of all published Baichuan 2 models; the first has 64,000. */
const SECOND_VOCABULARY = 125_696;

export const baichuan: Family = {
  modelType: "baichuan",
  architectures: ["BaichuanForCausalLM", "BaiChuanForCausalLM"],
  covers: "Baichuan 7B, 13B, Baichuan 2",
  read: (outer) => {
    const turning = Object.hasOwn(outer.json, "max_position_embeddings");
    const reader = turning ? outer : withNames(outer, { max_position_embeddings: ["model_max_length"] });
    const common = readCommon(reader, {
      modelType: "baichuan",
      maxPositions: 4096,
      normEpsilon: 1e-6,
      bosTokenId: 1,
      eosTokenIds: [2],
      padTokenId: 0,
    });
    for (const key of ["gradient_checkpointing", "model_max_length"]) reader.take(key);
    const second = reader.take("z_loss_weight") !== undefined || common.facts.vocabSize === SECOND_VOCABULARY;
    const positions = turning ? {} : { rope: undefined, alibi: alibiSlopes(common.heads) };
    return llamaLike({
      facts: common.facts,
      norm: rmsNormLayer(common.normEpsilon),
      attention: () => ({
        ...common,
        ...positions,
        bias: { qkv: false, output: false },
        project: fusedProjection("W_pack"),
      }),
      mlp: gatedMlp(common),
      head: { normalized: second },
    });
  },
};
