/**
 * Falcon: attention and MLP in parallel under one norm (7B) or two (40B), or one after the other with ALiBi (RW 1B).
 * Almazrouei et al. 2023; transformers' FalconConfig.
 */
import type { ConfigReader } from "../config-reader.ts";
import { withNames } from "../config-reader.ts";
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { alibiSlopes } from "../layers/positions.ts";
import { fusedByGroup } from "../layers/self-attention.ts";
import { readSizes, type Family } from "./family.ts";
import { llamaLike, type LayerNorms } from "./llama-like.ts";
import { readRope } from "./rope.ts";

const names = { num_hidden_layers: ["n_layer"], num_attention_heads: ["n_head"], num_kv_heads: ["n_head_kv"] };

function readKvHeads(reader: ConfigReader, heads: number, newer: boolean): number {
  const stated = reader.integer("num_kv_heads", { fallback: heads });
  const single = reader.boolean("multi_query", true);
  return newer ? stated : single ? 1 : heads;
}

/** What the layer's norms are called tells how its branches stand. */
function readNorms(reader: ConfigReader, newer: boolean, parallel: boolean): LayerNorms {
  const count = reader.integer("num_ln_in_parallel_attn", { fallback: newer ? 2 : 1, max: 2 });
  if (newer && count === 2) return { beforeAttention: "ln_attn", beforeMlp: "ln_mlp" };
  if (parallel) return { beforeAttention: "input_layernorm" };
  return { beforeAttention: "input_layernorm", beforeMlp: "post_attention_layernorm" };
}

export const falcon: Family = {
  modelType: "falcon",
  architectures: ["FalconForCausalLM", "RWForCausalLM"],
  covers: "Falcon 7B, 40B, 180B, RW 1B, Falcon 2 11B",
  read: (outer) => {
    const reader = withNames(outer, names);
    const sizes = readSizes(reader, {
      modelType: "falcon",
      maxPositions: 2048,
      normKey: "layer_norm_epsilon",
      normEpsilon: 1e-5,
      activationKeys: ["activation"],
      activation: "gelu",
      tied: true,
      bosTokenId: 11,
      eosTokenIds: [11],
    });
    const { facts, heads, headDim } = sizes;
    const newer = reader.boolean("new_decoder_architecture", false);
    const parallel = reader.boolean("parallel_attn", true) || newer;
    const bias = reader.boolean("bias", false);
    const kvHeads = readKvHeads(reader, heads, newer);
    const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions });
    // Falcon scales the biases together with the scores.
    const positions = reader.boolean("alibi", false)
      ? { rope: undefined, alibi: alibiSlopes(heads).map((slope) => slope * headDim ** -0.5) }
      : { rope };
    return llamaLike({
      facts,
      names: {
        embedding: "transformer.word_embeddings",
        layers: "transformer.h",
        norm: "transformer.ln_f",
        head: "lm_head",
      },
      norm: layerNormLayer(sizes.normEpsilon),
      norms: readNorms(reader, newer, parallel),
      parallel,
      places: { attention: "self_attention", mlp: "mlp" },
      attention: () => ({
        ...sizes,
        ...positions,
        kvHeads,
        bias: { qkv: bias, output: bias },
        project: fusedByGroup("query_key_value"),
        output: "dense",
      }),
      mlp: plainMlp({
        intermediateSize: reader.integer("ffn_hidden_size", { fallback: 4 * facts.hiddenSize }),
        activation: sizes.activation,
        bias,
        names: ["dense_h_to_4h", "dense_4h_to_h"],
      }),
    });
  },
};
