/**
 * BLOOM: ALiBi instead of positions, a norm after the embedding, GELU by its tanh approximation. Workshop BigScience
 * 2022; transformers' BloomConfig. Left out: residuals taken after the norm.
 */
import { withNames } from "../config-reader.ts";
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { alibiSlopes } from "../layers/positions.ts";
import { fusedByGroup } from "../layers/self-attention.ts";
import { hiddenBlock } from "../model.ts";
import { readSizes, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

const names = {
  num_hidden_layers: ["n_layer"],
  num_attention_heads: ["n_head"],
  hidden_size: ["n_embed"],
  max_position_embeddings: ["seq_length"],
};

export const bloom: Family = {
  modelType: "bloom",
  architectures: ["BloomForCausalLM"],
  covers: "BLOOM, BLOOMZ, SeqGPT",
  read: (outer) => {
    const reader = withNames(outer, names);
    const sizes = readSizes(reader, {
      modelType: "bloom",
      maxPositions: 2048,
      normKey: "layer_norm_epsilon",
      normEpsilon: 1e-5,
      activation: "gelu_pytorch_tanh",
      activationKeys: [],
      tied: true,
      bosTokenId: 1,
      eosTokenIds: [2],
    });
    requireValue(reader, "apply_residual_connection_post_layernorm", false);
    // How the published code computed, not what.
    const how = ["attention_softmax_in_fp32", "bias_dropout_fusion", "masked_softmax_fusion", "offset_alibi"];
    for (const key of [...how, "skip_bias_add", "skip_bias_add_qkv", "slow_but_exact"]) reader.take(key);
    const { facts, heads } = sizes;
    const alibi = alibiSlopes(heads);
    const norm = layerNormLayer(sizes.normEpsilon);
    return llamaLike({
      facts,
      names: {
        embedding: "transformer.word_embeddings",
        layers: "transformer.h",
        norm: "transformer.ln_f",
        head: "lm_head",
      },
      afterEmbedding: [hiddenBlock("transformer", (scope, hidden) => norm(scope, hidden, "word_embeddings_layernorm"))],
      norm,
      places: { attention: "self_attention", mlp: "mlp" },
      attention: () => ({
        ...sizes,
        rope: undefined,
        alibi,
        bias: { qkv: true, output: true },
        project: fusedByGroup("query_key_value"),
        output: "dense",
      }),
      mlp: plainMlp({
        intermediateSize: 4 * facts.hiddenSize,
        activation: sizes.activation,
        bias: true,
        names: ["dense_h_to_4h", "dense_4h_to_h"],
      }),
    });
  },
};
