/** Persimmon: projections fused by head, normalised queries and keys, squared ReLU, half of each head turns. Adept 2023. */
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { fusedByGroup } from "../layers/self-attention.ts";
import { readCommon, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const persimmon: Family = {
  modelType: "persimmon",
  architectures: ["PersimmonForCausalLM"],
  covers: "Persimmon 8B",
  read: (reader) => {
    const defaults = {
      modelType: "persimmon",
      maxPositions: 16384,
      normKey: "layer_norm_eps",
      normEpsilon: 1e-5,
      activation: "relu2" as const,
      bosTokenId: 1,
      eosTokenIds: [2],
    };
    const common = readCommon(reader, defaults, { share: 0.5 });
    const norm = layerNormLayer(common.normEpsilon);
    const names = { query: "q_layernorm", key: "k_layernorm" };
    const queryKeyNorm = reader.boolean("qk_layernorm", true) ? { norm, over: "head" as const, names } : undefined;
    return llamaLike({
      facts: common.facts,
      names: {
        embedding: "model.embed_tokens",
        layers: "model.layers",
        norm: "model.final_layernorm",
        head: "lm_head",
      },
      norm,
      attention: () => ({
        ...common,
        bias: { qkv: true, output: true },
        project: fusedByGroup("query_key_value"),
        output: "dense",
        queryKeyNorm,
      }),
      mlp: plainMlp({ ...common, bias: true, names: ["dense_h_to_4h", "dense_4h_to_h"] }),
    });
  },
};
