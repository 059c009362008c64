/** GPT-NeoX and Pythia: attention and MLP in parallel, projections fused by head, a quarter of each head turns. Black et al. 2022. */
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { fusedByGroup } from "../layers/self-attention.ts";
import { readSizes, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";

export const gptNeox: Family = {
  modelType: "gpt_neox",
  architectures: ["GPTNeoXForCausalLM"],
  covers: "Pythia, GPT-NeoX, Dolly",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "gpt_neox",
      maxPositions: 2048,
      normKey: "layer_norm_eps",
      normEpsilon: 1e-5,
      activation: "gelu",
      bosTokenId: 0,
      eosTokenIds: [2],
    });
    const { facts, headDim } = sizes;
    for (const key of ["hidden_dropout", "classifier_dropout"]) reader.take(key);
    const rope = readRope(reader, {
      headDim,
      maxPositions: facts.maxPositions,
      thetaKey: "rotary_emb_base",
      share: 0.25,
      shareKey: "rotary_pct",
    });
    const bias = reader.boolean("attention_bias", true);
    return llamaLike({
      facts,
      names: {
        embedding: "gpt_neox.embed_in",
        layers: "gpt_neox.layers",
        norm: "gpt_neox.final_layer_norm",
        head: "embed_out",
      },
      norm: layerNormLayer(sizes.normEpsilon),
      parallel: reader.boolean("use_parallel_residual", true),
      places: { attention: "attention", mlp: "mlp" },
      attention: () => ({
        ...sizes,
        rope,
        bias: { qkv: bias, output: bias },
        project: fusedByGroup("query_key_value"),
        output: "dense",
      }),
      mlp: plainMlp({
        intermediateSize: reader.integer("intermediate_size"),
        activation: sizes.activation,
        bias: true,
        names: ["dense_h_to_4h", "dense_4h_to_h"],
      }),
    });
  },
};
