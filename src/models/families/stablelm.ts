/**
 * StableLM 2: Llama's layers with layer norms that have biases; a quarter of each head turns. Bellagente et al. 2024;
 * transformers' StableLmConfig. Left out: normalised queries and keys (StableLM 2 12B).
 */
import { gatedMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { readSizes, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";

export const stablelm: Family = {
  modelType: "stablelm",
  architectures: ["StableLmForCausalLM"],
  covers: "StableLM 3B, StableLM 2 1.6B",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "stablelm",
      kvHeads: 32,
      maxPositions: 4096,
      normKey: "layer_norm_eps",
      normEpsilon: 1e-5,
      bosTokenId: 0,
      eosTokenIds: [0],
    });
    const { facts, headDim } = sizes;
    reader.take("hidden_dropout");
    const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, share: 0.25 });
    const bias = { qkv: reader.boolean("use_qkv_bias", false), output: false };
    const parallel = reader.boolean("use_parallel_residual", false);
    return llamaLike({
      facts,
      norm: layerNormLayer(sizes.normEpsilon),
      norms: parallel
        ? { beforeAttention: "input_layernorm" }
        : { beforeAttention: "input_layernorm", beforeMlp: "post_attention_layernorm" },
      parallel,
      attention: () => ({ ...sizes, rope, bias }),
      mlp: gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size") }),
    });
  },
};
