/** Qwen3: Qwen2's layers without biases, queries and keys normalised by head. Yang et al. 2025; transformers' Qwen3Config. */
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { readCommon, readQwenWindows, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const qwen3: Family = {
  modelType: "qwen3",
  architectures: ["Qwen3ForCausalLM"],
  covers: "Qwen3 (dense)",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "qwen3",
      kvHeads: 32,
      headDim: 128,
      maxPositions: 32768,
      normEpsilon: 1e-6,
      eosTokenIds: [],
    });
    const bias = reader.boolean("attention_bias", false);
    const windowOf = readQwenWindows(reader, common.facts.layers);
    const norm = rmsNormLayer(common.normEpsilon);
    return llamaLike({
      facts: common.facts,
      norm,
      attention: (layer) => ({
        ...common,
        window: windowOf(layer),
        bias: { qkv: bias, output: bias },
        queryKeyNorm: { norm, over: "head" },
      }),
      mlp: gatedMlp(common),
    });
  },
};
