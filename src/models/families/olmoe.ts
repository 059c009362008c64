/** OLMoE: a mixture of experts in every layer, queries and keys normalised over their width. Muennighoff et al. 2024. */
import { rmsNormLayer } from "../layers/norm.ts";
import { readCommon, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { gatedExperts, readExpertCounts, readRouterFacts } from "./moe.ts";

export const olmoe: Family = {
  modelType: "olmoe",
  architectures: ["OlmoeForCausalLM"],
  covers: "OLMoE 1B 7B",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "olmoe",
      maxPositions: 4096,
      normEpsilon: 1e-5,
      eosTokenIds: [50279],
      padTokenId: 1,
    });
    requireValue(reader, "clip_qkv", null);
    const keys = { experts: "num_experts", perToken: "num_experts_per_tok" };
    const counts = readExpertCounts(reader, keys, { experts: 64, perToken: 8 });
    const bias = reader.boolean("attention_bias", false);
    const norm = rmsNormLayer(common.normEpsilon);
    return llamaLike({
      facts: common.facts,
      router: readRouterFacts(reader, counts, 0.01),
      norm,
      attention: () => ({ ...common, bias: { qkv: bias, output: bias }, queryKeyNorm: { norm, over: "width" } }),
      mlp: gatedExperts(common, {
        router: { ...counts, score: "softmax", normalize: reader.boolean("norm_topk_prob", false) },
        size: common.intermediateSize,
      }),
    });
  },
};
