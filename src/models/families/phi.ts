/**
 * Phi-1, Phi-1.5 and Phi-2: attention and MLP in parallel under one norm, half of each head turns, biases everywhere,
 * on the head, too. Gunasekar et al. 2023; transformers' PhiConfig.
 */
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { readSizes, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";

export const phi: Family = {
  modelType: "phi",
  architectures: ["PhiForCausalLM"],
  covers: "Phi-1, Phi-1.5, Phi-2",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "phi",
      maxPositions: 2048,
      normKey: "layer_norm_eps",
      normEpsilon: 1e-5,
      activation: "gelu_new",
      bosTokenId: 1,
      eosTokenIds: [2],
    });
    const { facts, headDim } = sizes;
    for (const key of ["resid_pdrop", "embd_pdrop"]) reader.take(key);
    const norm = layerNormLayer(sizes.normEpsilon);
    const names = { query: "q_layernorm", key: "k_layernorm" };
    const queryKeyNorm = reader.boolean("qk_layernorm", false) ? { norm, over: "head" as const, names } : undefined;
    const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, share: 0.5 });
    return llamaLike({
      facts,
      names: {
        embedding: "model.embed_tokens",
        layers: "model.layers",
        norm: "model.final_layernorm",
        head: "lm_head",
      },
      norm,
      norms: { beforeAttention: "input_layernorm" },
      parallel: true,
      attention: () => ({ ...sizes, rope, bias: { qkv: true, output: true }, output: "dense", queryKeyNorm }),
      mlp: plainMlp({
        intermediateSize: reader.integer("intermediate_size"),
        activation: sizes.activation,
        bias: true,
        names: ["fc1", "fc2"],
      }),
      head: { bias: true },
    });
  },
};
