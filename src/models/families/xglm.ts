/** XGLM: OPT's layers, positions by sines, scaled embeddings. Lin et al. 2022; transformers' XGLMConfig. */
import { withNames } from "../config-reader.ts";
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { sinusoidalPositions } from "../layers/positions.ts";
import { readSizes, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

const names = {
  hidden_size: ["d_model"],
  num_hidden_layers: ["num_layers"],
  num_attention_heads: ["attention_heads"],
};

export const xglm: Family = {
  modelType: "xglm",
  architectures: ["XGLMForCausalLM"],
  covers: "XGLM",
  read: (outer) => {
    const reader = withNames(outer, names);
    const sizes = readSizes(reader, {
      modelType: "xglm",
      maxPositions: 2048,
      normEpsilon: 1e-5,
      activationKeys: ["activation_function"],
      activation: "gelu",
      tied: true,
      bosTokenId: 0,
      eosTokenIds: [2],
      padTokenId: 1,
    });
    const { facts } = sizes;
    for (const key of ["dropout", "activation_dropout", "layerdrop"]) reader.take(key);
    const { hiddenSize } = facts;
    return llamaLike({
      facts,
      names: { embedding: "model.embed_tokens", layers: "model.layers", norm: "model.layer_norm", head: "lm_head" },
      embeddingScale: reader.boolean("scale_embedding", true) ? Math.sqrt(hiddenSize) : undefined,
      afterEmbedding: [sinusoidalPositions({ name: "model.embed_positions", hiddenSize, offset: 2 })],
      norm: layerNormLayer(1e-5),
      norms: { beforeAttention: "self_attn_layer_norm", beforeMlp: "final_layer_norm" },
      places: { attention: "self_attn", mlp: "" },
      attention: () => ({ ...sizes, rope: undefined, bias: { qkv: true, output: true }, output: "out_proj" }),
      mlp: plainMlp({
        intermediateSize: reader.integer("ffn_dim"),
        activation: sizes.activation,
        bias: true,
        names: ["fc1", "fc2"],
      }),
    });
  },
};
