/** Llama 1, 2 and 3 and what is built like them (SmolLM, TinyLlama). Touvron et al. 2023; transformers' LlamaConfig. */
import { readCommon, requireLayerTypes, uniformWindow, type Family } from "./family.ts";

export const llama: Family = {
  modelType: "llama",
  architectures: ["LlamaForCausalLM", "LLaMAForCausalLM"],
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "llama",
      maxPositions: 2048,
      rmsNormEpsilon: 1e-6,
      bosTokenId: 1,
      eosTokenIds: [2],
    });
    const bias = reader.boolean("attention_bias", false);
    requireLayerTypes(reader, common.layers, "full_attention");
    return {
      ...common,
      attentionBias: { qkv: bias, output: bias },
      mlpBias: reader.boolean("mlp_bias", false),
      slidingWindow: uniformWindow(common.layers, undefined),
    };
  },
};
