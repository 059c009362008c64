/** OPT: learned positions with two rows before the first, ReLU. Zhang et al. 2022. Left out: norms after branches (350M), projected embeddings. */
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { learnedPositions } from "../layers/positions.ts";
import type { Facts } from "../model.ts";
import { readActivation, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const opt: Family = {
  modelType: "opt",
  architectures: ["OPTForCausalLM"],
  covers: "OPT, but for 350M",
  read: (reader) => {
    const hiddenSize = reader.integer("hidden_size");
    const heads = reader.integer("num_attention_heads");
    for (const key of ["dropout", "layerdrop", "activation_dropout", "init_std"]) reader.take(key);
    const wanted: Readonly<Record<string, unknown>> = {
      do_layer_norm_before: true,
      _remove_final_layer_norm: false,
      word_embed_proj_dim: hiddenSize,
      layer_norm_elementwise_affine: true,
    };
    for (const [key, value] of Object.entries(wanted)) requireValue(reader, key, value);
    const bias = reader.boolean("enable_bias", true);
    const facts: Facts = {
      modelType: "opt",
      vocabSize: reader.integer("vocab_size"),
      hiddenSize,
      layers: reader.integer("num_hidden_layers", { max: 1024 }),
      maxPositions: reader.integer("max_position_embeddings", { fallback: 2048 }),
      tied: reader.boolean("tie_word_embeddings", true),
      bosTokenId: reader.ids("bos_token_id", [2])[0],
      eosTokenIds: reader.ids("eos_token_id", [2]),
      padTokenId: reader.ids("pad_token_id", [1])[0],
    };
    return llamaLike({
      facts,
      names: {
        embedding: "model.decoder.embed_tokens",
        layers: "model.decoder.layers",
        norm: "model.decoder.final_layer_norm",
        head: "lm_head",
      },
      afterEmbedding: [
        learnedPositions({
          name: "model.decoder.embed_positions",
          positions: facts.maxPositions,
          hiddenSize,
          offset: 2,
        }),
      ],
      norm: layerNormLayer(1e-5),
      norms: { beforeAttention: "self_attn_layer_norm", beforeMlp: "final_layer_norm" },
      places: { attention: "self_attn", mlp: "" },
      attention: () => ({
        heads,
        kvHeads: heads,
        headDim: hiddenSize / heads,
        rope: undefined,
        bias: { qkv: bias, output: bias },
        output: "out_proj",
      }),
      mlp: plainMlp({
        intermediateSize: reader.integer("ffn_dim"),
        activation: readActivation(reader, ["activation_function"], "relu"),
        bias,
        names: ["fc1", "fc2"],
      }),
    });
  },
};
