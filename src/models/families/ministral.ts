/** Ministral: Llama's layers, of which some slide, by `layer_types`; all do when there is none. Mistral 2024. */
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { readCommon, readLayerTypes, readWindow, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const ministral: Family = {
  modelType: "ministral",
  architectures: ["MinistralForCausalLM"],
  covers: "Ministral 8B",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "ministral",
      kvHeads: 8,
      maxPositions: 131_072,
      normEpsilon: 1e-6,
      bosTokenId: 1,
      eosTokenIds: [2],
    });
    const window = readWindow(reader, 4096);
    const types = readLayerTypes(reader, common.facts.layers);
    return llamaLike({
      facts: common.facts,
      norm: rmsNormLayer(common.normEpsilon),
      attention: (layer) => ({
        ...common,
        window: types === undefined || types[layer] === "sliding_attention" ? window : undefined,
        bias: { qkv: false, output: false },
      }),
      mlp: gatedMlp(common),
    });
  },
};
