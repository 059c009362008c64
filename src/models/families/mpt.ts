/**
 * MPT: ALiBi, norms without biases, one matrix for queries, keys and values. MosaicML 2023; transformers' MptConfig.
 * Left out: clipped and normalised queries, prefixes, learned positions in place of ALiBi.
 */
import { createConfigReader, withNames } from "../config-reader.ts";
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { alibiSlopes } from "../layers/positions.ts";
import { fusedProjection } from "../layers/self-attention.ts";
import { readSizes, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

const names = {
  hidden_size: ["d_model"],
  num_hidden_layers: ["n_layers"],
  num_attention_heads: ["n_heads"],
  max_position_embeddings: ["max_seq_len"],
};

export const mpt: Family = {
  modelType: "mpt",
  architectures: ["MptForCausalLM", "MPTForCausalLM"],
  covers: "MPT 7B, 30B",
  read: (outer) => {
    const reader = withNames(outer, names);
    const sizes = readSizes(reader, {
      modelType: "mpt",
      maxPositions: 2048,
      normKey: "layer_norm_epsilon",
      normEpsilon: 1e-5,
      activation: "gelu",
      activationKeys: [],
      tied: true,
      eosTokenIds: [],
    });
    const { facts, heads } = sizes;
    for (const key of ["init_device", "init_config", "verbose", "learned_pos_emb"]) reader.take(key);
    for (const key of ["emb_pdrop", "resid_pdrop"]) reader.take(key);
    const fixed = { no_bias: true, embedding_fraction: 1, expansion_ratio: 4, norm_type: "low_precision_layernorm" };
    for (const [key, value] of Object.entries(fixed)) requireValue(reader, key, value);
    requireValue(reader, "logit_scale", null);
    const inner = createConfigReader(reader.object("attn_config") ?? {}, "attn_config.");
    const plain = { attn_type: "multihead_attention", clip_qkv: null, prefix_lm: false, qk_ln: false };
    for (const [key, value] of Object.entries(plain)) requireValue(inner, key, value);
    for (const [key, value] of Object.entries({ attn_uses_sequence_id: false, alibi: true })) {
      requireValue(inner, key, value);
    }
    const steepest = inner.number("alibi_bias_max", { fallback: 8 });
    const scale = inner.take("softmax_scale") === undefined ? undefined : inner.number("softmax_scale");
    for (const problem of inner.problems) reader.report(problem);
    const alibi = alibiSlopes(heads, steepest);
    return llamaLike({
      facts,
      names: {
        embedding: "transformer.wte",
        layers: "transformer.blocks",
        norm: "transformer.norm_f",
        head: "lm_head",
      },
      norm: layerNormLayer(sizes.normEpsilon, { bias: false }),
      norms: { beforeAttention: "norm_1", beforeMlp: "norm_2" },
      places: { attention: "attn", mlp: "ffn" },
      attention: () => ({
        ...sizes,
        rope: undefined,
        alibi,
        scale,
        bias: { qkv: false, output: false },
        project: fusedProjection("Wqkv"),
        output: "out_proj",
      }),
      mlp: plainMlp({
        intermediateSize: 4 * facts.hiddenSize,
        activation: "gelu",
        bias: false,
        names: ["up_proj", "down_proj"],
      }),
    });
  },
};
