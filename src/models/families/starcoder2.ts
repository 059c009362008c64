/** StarCoder2: Llama's attention with biases and a window, a plain MLP, layer norms. Lozhkov et al. 2024. */
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { readCommon, readWindow, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const starcoder2: Family = {
  modelType: "starcoder2",
  architectures: ["Starcoder2ForCausalLM"],
  covers: "StarCoder2",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "starcoder2",
      kvHeads: 2,
      maxPositions: 4096,
      normKey: "norm_epsilon",
      normEpsilon: 1e-5,
      activation: "gelu_pytorch_tanh",
      tied: true,
      bosTokenId: 50256,
      eosTokenIds: [50256],
    });
    for (const key of ["residual_dropout", "embedding_dropout"]) reader.take(key);
    const bias = reader.boolean("use_bias", true);
    const window = readWindow(reader, undefined);
    return llamaLike({
      facts: common.facts,
      norm: layerNormLayer(common.normEpsilon),
      attention: () => ({ ...common, window, bias: { qkv: bias, output: bias } }),
      mlp: plainMlp({ ...common, bias, names: ["c_fc", "c_proj"] }),
    });
  },
};
