/** Nemotron 3 and 4 (Minitron): norms whose stored scale is a difference from one, squared ReLU, half of each head turns. */
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { readCommon, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const nemotron: Family = {
  modelType: "nemotron",
  architectures: ["NemotronForCausalLM"],
  covers: "Nemotron 3 8B, Nemotron 4, Minitron",
  read: (reader) => {
    const defaults = {
      modelType: "nemotron",
      maxPositions: 4096,
      normKey: "norm_eps",
      normEpsilon: 1e-5,
      activation: "relu2" as const,
      bosTokenId: 2,
      eosTokenIds: [3],
    };
    const common = readCommon(reader, defaults, { share: 0.5 });
    const bias = reader.boolean("attention_bias", false);
    return llamaLike({
      facts: common.facts,
      norm: layerNormLayer(common.normEpsilon, { plusOne: true }),
      attention: () => ({ ...common, bias: { qkv: bias, output: bias } }),
      mlp: plainMlp({ ...common, bias: reader.boolean("mlp_bias", false), names: ["up_proj", "down_proj"] }),
    });
  },
};
