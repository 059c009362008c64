/**
 * Granite 3: Llama's layers with four multipliers; as a mixture (granitemoe), experts are stored as one tensor. IBM 2024;
 * transformers' GraniteConfig, GraniteMoeConfig.
 */
import { matmul, mul, reshape, slice, type Dim } from "../../tensor/index.ts";
import { mulDims } from "../../tensor/shape.ts";
import type { ConfigReader } from "../config-reader.ts";
import { activations, gatedMlp, type Activation, type Mlp } from "../layers/mlp.ts";
import { routing, weighExperts } from "../layers/moe.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import type { Model } from "../model.ts";
import { width } from "../scope.ts";
import { readCommon, type Common, type Family } from "./family.ts";
import { llamaLike, type LlamaLike } from "./llama-like.ts";
import { readExpertCounts, readRouterFacts, type ExpertCounts } from "./moe.ts";

const multiplier = (reader: ConfigReader, key: string): number => reader.number(key, { fallback: 1, min: 1e-9 });

function readGranite(reader: ConfigReader, modelType: string, mlpOf: (common: Common) => Mlp, rest: Rest): Model {
  const common = readCommon(reader, {
    modelType,
    maxPositions: 2048,
    normEpsilon: 1e-6,
    bosTokenId: 1,
    eosTokenIds: [2],
  });
  const bias = reader.boolean("attention_bias", false);
  const scale = multiplier(reader, "attention_multiplier");
  return llamaLike({
    ...rest,
    facts: common.facts,
    norm: rmsNormLayer(common.normEpsilon),
    embeddingScale: multiplier(reader, "embedding_multiplier"),
    residualScale: multiplier(reader, "residual_multiplier"),
    attention: () => ({ ...common, bias: { qkv: bias, output: bias }, scale }),
    mlp: mlpOf(common),
    head: { scale: 1 / multiplier(reader, "logits_scaling") },
  });
}

type Rest = Pick<LlamaLike, "router" | "places">;

/** All experts at once; gate and up of each one after the other. */
function experts({ experts: count, perToken }: ExpertCounts, size: number, activation: Activation): Mlp {
  const route = routing({ experts: count, perToken, score: "softmax", normalize: true, name: "router.layer" });
  return (scope, x) => {
    const weights = route(scope, x);
    const [batch, time] = x.shape as [Dim, Dim];
    const hidden = width(x.shape);
    const tokens = reshape(x, [1, mulDims(batch, time), hidden]);
    const both = matmul(tokens, scope.weight("input_linear.weight", [count, 2 * size, hidden]), { transB: true });
    const inner = mul(activations[activation](slice(both, 2, 0, size)), slice(both, 2, size, 2 * size));
    const down = scope.weight("output_linear.weight", [count, hidden, size]);
    return weighExperts(matmul(inner, down, { transB: true }), weights);
  };
}

export const granite: Family = {
  modelType: "granite",
  architectures: ["GraniteForCausalLM"],
  covers: "Granite 3",
  read: (reader) =>
    readGranite(reader, "granite", (common) => gatedMlp({ ...common, bias: reader.boolean("mlp_bias", false) }), {}),
};

export const graniteMoe: Family = {
  modelType: "granitemoe",
  architectures: ["GraniteMoeForCausalLM"],
  covers: "Granite 3 1B A400M, 3B A800M",
  read: (reader) => {
    const keys = { experts: "num_local_experts", perToken: "num_experts_per_tok" };
    const counts = readExpertCounts(reader, keys, { experts: 8, perToken: 2 });
    const expertsOf = ({ intermediateSize, activation }: Common): Mlp => experts(counts, intermediateSize, activation);
    return readGranite(reader, "granitemoe", expertsOf, {
      router: readRouterFacts(reader, counts),
      places: { attention: "self_attn", mlp: "block_sparse_moe" },
    });
  },
};
