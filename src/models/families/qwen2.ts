/**
 * Qwen2 and Qwen2.5: Llama's layers with biases on queries, keys and values, and a sliding window from some
 * layer on; MiMo is Qwen2 with a layer beside it that predicts a further token, which is left out. Yang et al. 2024;
 * transformers' Qwen2Config.
 */
import type { ConfigReader } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import type { Model } from "../model.ts";
import { readCommon, readQwenWindows, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

function readQwen2(reader: ConfigReader, modelType: string, leavesOut?: (name: string) => boolean): Model {
  const common = readCommon(reader, {
    modelType,
    kvHeads: 32,
    maxPositions: 32768,
    normEpsilon: 1e-6,
    eosTokenIds: [],
  });
  const windowOf = readQwenWindows(reader, common.facts.layers);
  return llamaLike({
    facts: common.facts,
    leavesOut,
    norm: rmsNormLayer(common.normEpsilon),
    attention: (layer) => ({
      ...common,
      window: windowOf(layer),
      bias: { qkv: true, output: false },
    }),
    mlp: gatedMlp(common),
  });
}

export const qwen2: Family = {
  modelType: "qwen2",
  architectures: ["Qwen2ForCausalLM"],
  covers: "Qwen2, Qwen2.5, QwQ, models distilled on Qwen2.5",
  read: (reader) => readQwen2(reader, "qwen2"),
};

export const mimo: Family = {
  modelType: "mimo",
  architectures: ["MiMoForCausalLM"],
  covers: "MiMo 7B",
  read: (reader) => {
    for (const key of ["num_nextn_predict_layers", "attention_bias"]) reader.take(key);
    return readQwen2(reader, "mimo", (name) => name.startsWith("model.mtp_layers."));
  },
};
