/** Mistral: Llama's layers, with one sliding window over all of them. Jiang et al. 2023; transformers' MistralConfig. */
import { readCommon, requireLayerTypes, uniformWindow, type Family } from "./family.ts";

export const mistral: Family = {
  modelType: "mistral",
  architectures: ["MistralForCausalLM"],
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "mistral",
      kvHeads: 8,
      maxPositions: 4096 * 32,
      rmsNormEpsilon: 1e-6,
      bosTokenId: 1,
      eosTokenIds: [2],
    });
    // Absent means 4096, null means none: so it is in transformers.
    const absent = Object.hasOwn(reader.json, "sliding_window") ? {} : { fallback: 4096 };
    const window = reader.optionalInteger("sliding_window", { min: 1, ...absent });
    requireLayerTypes(reader, common.layers, window === undefined ? "full_attention" : "sliding_attention");
    return {
      ...common,
      attentionBias: { qkv: false, output: false },
      mlpBias: false,
      slidingWindow: uniformWindow(common.layers, window),
    };
  },
};
