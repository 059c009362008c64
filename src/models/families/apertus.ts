/**
 * Apertus: normalised queries and keys, an MLP without gate whose activation has two trained numbers, xIELU (Huang 2024).
 * Swiss AI 2025; transformers' ApertusConfig.
 */
import { add, exp, greater, minimum, mul, softplus, sub, where, type Tensor } from "../../tensor/index.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { width, type Scope } from "../scope.ts";
import { readSizes, requireLayerTypes, requireValue, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";

const BETA = 0.5;
const EPSILON = -1e-6;

/** alpha_p x^2 + beta x where x > 0; alpha_n (e^x - 1 - x) + beta x elsewhere. */
function xielu(scope: Scope, x: Tensor): Tensor {
  const positive = softplus(scope.weight("alpha_p", [1]));
  const negative = add(softplus(scope.weight("alpha_n", [1])), BETA);
  const below = mul(sub(sub(exp(minimum(x, EPSILON)), 1), x), negative);
  return add(where(greater(x, 0), mul(positive, mul(x, x)), below), mul(x, BETA));
}

export const apertus: Family = {
  modelType: "apertus",
  architectures: ["ApertusForCausalLM"],
  covers: "Apertus 8B, 70B",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "apertus",
      maxPositions: 65536,
      normEpsilon: 1e-5,
      activationKeys: [],
      bosTokenId: 1,
      eosTokenIds: [2],
      padTokenId: 3,
    });
    requireValue(reader, "hidden_act", "xielu");
    for (const key of ["post_norm", "qk_norm"]) requireValue(reader, key, key === "qk_norm");
    const { facts, headDim } = sizes;
    requireLayerTypes(reader, facts.layers, "full_attention");
    const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, theta: 12_000_000 });
    const bias = reader.boolean("attention_bias", false);
    const norm = rmsNormLayer(sizes.normEpsilon);
    const intermediateSize = reader.integer("intermediate_size");
    return llamaLike({
      facts,
      norm,
      norms: { beforeAttention: "attention_layernorm", beforeMlp: "feedforward_layernorm" },
      attention: () => ({ ...sizes, rope, bias: { qkv: bias, output: bias }, queryKeyNorm: { norm, over: "head" } }),
      mlp: (scope, x) =>
        scope.linear(
          xielu(scope.at("act_fn"), scope.linear(x, "up_proj", intermediateSize)),
          "down_proj",
          width(x.shape),
        ),
    });
  },
};
