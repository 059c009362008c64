/** InternLM 2: Llama's layers whose one matrix holds, for each key head, its queries, key and value. Cai et al. 2024. */
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { fusedByGroup } from "../layers/self-attention.ts";
import { readCommon, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const internlm2: Family = {
  modelType: "internlm2",
  architectures: ["InternLM2ForCausalLM"],
  covers: "InternLM 2, 2.5",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "internlm2",
      maxPositions: 2048,
      normEpsilon: 1e-6,
      bosTokenId: 1,
      eosTokenIds: [2],
      padTokenId: 0,
    });
    const bias = reader.boolean("bias", true);
    return llamaLike({
      facts: common.facts,
      names: { embedding: "model.tok_embeddings", layers: "model.layers", norm: "model.norm", head: "output" },
      norm: rmsNormLayer(common.normEpsilon),
      norms: { beforeAttention: "attention_norm", beforeMlp: "ffn_norm" },
      places: { attention: "attention", mlp: "feed_forward" },
      attention: () => ({
        ...common,
        bias: { qkv: bias, output: bias },
        project: fusedByGroup("wqkv"),
        output: "wo",
      }),
      mlp: gatedMlp({ ...common, names: { gate: "w1", up: "w3", down: "w2" } }),
    });
  },
};
