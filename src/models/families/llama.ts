/** Llama 1, 2 and 3 and what is built like them (SmolLM, TinyLlama). Touvron et al. 2023; transformers' LlamaConfig. */
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { readCommon, requireLayerTypes, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const llama: Family = {
  modelType: "llama",
  architectures: ["LlamaForCausalLM", "LLaMAForCausalLM"],
  covers:
    "Llama 1, 2, 3, 3.1, 3.2, 3.3, SmolLM, SmolLM2, TinyLlama, Yi, DeepSeek (first, and distilled on Llama), Vicuna, Alpaca and other models of this class",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "llama",
      maxPositions: 2048,
      normEpsilon: 1e-6,
      bosTokenId: 1,
      eosTokenIds: [2],
    });
    const bias = reader.boolean("attention_bias", false);
    requireLayerTypes(reader, common.facts.layers, "full_attention");
    const attention = { ...common, bias: { qkv: bias, output: bias } };
    return llamaLike({
      facts: common.facts,
      norm: rmsNormLayer(common.normEpsilon),
      attention: () => attention,
      mlp: gatedMlp({ ...common, bias: reader.boolean("mlp_bias", false) }),
    });
  },
};
