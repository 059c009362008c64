/** Mistral: Llama's layers, with one sliding window over all of them. Jiang et al. 2023; transformers' MistralConfig. */
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { readCommon, readWindow, requireLayerTypes, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const mistral: Family = {
  modelType: "mistral",
  architectures: ["MistralForCausalLM"],
  covers: "Mistral 7B, Nemo and what is built on them (Zephyr)",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "mistral",
      kvHeads: 8,
      maxPositions: 4096 * 32,
      normEpsilon: 1e-6,
      bosTokenId: 1,
      eosTokenIds: [2],
    });
    const window = readWindow(reader, 4096);
    requireLayerTypes(reader, common.facts.layers, window === undefined ? "full_attention" : "sliding_attention");
    const attention = { ...common, window, bias: { qkv: false, output: false } };
    return llamaLike({
      facts: common.facts,
      norm: rmsNormLayer(common.normEpsilon),
      attention: () => attention,
      mlp: gatedMlp(common),
    });
  },
};
