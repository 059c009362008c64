/** GPT-2: learned positions, one matrix for queries, keys and values, matrices stored as [in, out]. Radford et al. 2019. */
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { learnedPositions } from "../layers/positions.ts";
import { fusedProjection } from "../layers/self-attention.ts";
import type { Facts } from "../model.ts";
import { readActivation, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const gpt2: Family = {
  modelType: "gpt2",
  architectures: ["GPT2LMHeadModel"],
  covers: "GPT-2",
  read: (reader) => {
    const hiddenSize = reader.integer("n_embd", { fallback: 768 });
    const heads = reader.integer("n_head", { fallback: 12 });
    // Dropout, the head of another task, and the length that was trained on: none of them changes a forward pass.
    for (const key of ["resid_pdrop", "embd_pdrop", "attn_pdrop", "n_ctx", "reorder_and_upcast_attn"]) reader.take(key);
    for (const key of Object.keys(reader.json)) if (key.startsWith("summary_")) reader.take(key);
    if (reader.boolean("scale_attn_by_inverse_layer_idx", false)) {
      reader.report({
        key: "scale_attn_by_inverse_layer_idx",
        kind: "unsupported",
        message: "is true; scores scaled by the number of the layer are not supported",
      });
    }
    const facts: Facts = {
      modelType: "gpt2",
      vocabSize: reader.integer("vocab_size", { fallback: 50257 }),
      hiddenSize,
      layers: reader.integer("n_layer", { fallback: 12, max: 1024 }),
      maxPositions: reader.integer("n_positions", { fallback: 1024 }),
      tied: reader.boolean("tie_word_embeddings", true),
      bosTokenId: reader.ids("bos_token_id", [50256])[0],
      eosTokenIds: reader.ids("eos_token_id", [50256]),
      padTokenId: reader.ids("pad_token_id", [])[0],
    };
    return llamaLike({
      facts,
      names: { embedding: "transformer.wte", layers: "transformer.h", norm: "transformer.ln_f", head: "lm_head" },
      afterEmbedding: [learnedPositions({ name: "transformer.wpe", positions: facts.maxPositions, hiddenSize })],
      norm: layerNormLayer(reader.number("layer_norm_epsilon", { fallback: 1e-5, max: 1 })),
      norms: { beforeAttention: "ln_1", beforeMlp: "ln_2" },
      places: { attention: "attn", mlp: "mlp" },
      attention: () => ({
        heads,
        kvHeads: heads,
        headDim: hiddenSize / heads,
        rope: undefined,
        bias: { qkv: true, output: true },
        project: fusedProjection("c_attn", "in,out"),
        output: "c_proj",
        outputLayout: "in,out",
        ...(reader.boolean("scale_attn_weights", true) ? {} : { scale: 1 }),
      }),
      mlp: plainMlp({
        intermediateSize: reader.optionalInteger("n_inner") ?? 4 * hiddenSize,
        activation: readActivation(reader, ["activation_function"], "gelu_new"),
        bias: true,
        names: ["c_fc", "c_proj"],
        layout: "in,out",
      }),
    });
  },
};
