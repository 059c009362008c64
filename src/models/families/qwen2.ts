/**
 * Qwen2 and Qwen2.5: Llama's layers with biases on queries, keys and values, and a sliding window from some
 * layer on. Yang et al. 2024; transformers' Qwen2Config.
 */
import { readCommon, readLayerTypes, type Family } from "./family.ts";

export const qwen2: Family = {
  modelType: "qwen2",
  architectures: ["Qwen2ForCausalLM"],
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "qwen2",
      kvHeads: 32,
      maxPositions: 32768,
      rmsNormEpsilon: 1e-6,
      eosTokenIds: [],
    });
    const uses = reader.boolean("use_sliding_window", false);
    const absent = Object.hasOwn(reader.json, "sliding_window") ? {} : { fallback: 4096 };
    const stated = reader.optionalInteger("sliding_window", { min: 1, ...absent });
    const window = uses ? stated : undefined;
    const from = reader.optionalInteger("max_window_layers", { fallback: 28 }) ?? 28;
    const types = readLayerTypes(reader, common.layers);
    if (window === undefined && types?.includes("sliding_attention")) {
      reader.report({
        key: "layer_types",
        kind: "value",
        message: "names sliding_attention, but use_sliding_window and sliding_window give no window",
      });
    }
    const slides = (layer: number): boolean =>
      types === undefined ? layer >= from : types[layer] === "sliding_attention";
    return {
      ...common,
      attentionBias: { qkv: true, output: false },
      mlpBias: false,
      slidingWindow: Array.from({ length: common.layers }, (_, layer) => (slides(layer) ? window : undefined)),
    };
  },
};
