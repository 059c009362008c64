/**
 * gpt-oss: a sink in each head's softmax, windows in every second layer, experts stored as one tensor whose gated linear
 * units are clamped. OpenAI 2025; transformers' GptOssConfig. Left out: weights in MXFP4.
 */
import {
  add,
  matmul,
  maximum,
  minimum,
  mul,
  reshape,
  sigmoid,
  slice,
  squeeze,
  unsqueeze,
  type Dim,
} from "../../tensor/index.ts";
import { mulDims } from "../../tensor/shape.ts";
import type { Mlp } from "../layers/mlp.ts";
import { routing, weighExperts } from "../layers/moe.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { width } from "../scope.ts";
import { readSizes, readSlidingPattern, readWindow, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readExpertCounts, readRouterFacts, type ExpertCounts } from "./moe.ts";
import { readRope } from "./rope.ts";

interface ExpertOptions extends ExpertCounts {
  readonly size: number;
  readonly alpha: number;
  readonly limit: number;
}

/** All experts at once: out = (min(up, limit) + 1) * gate * sigmoid(alpha * gate), gate and up side by side. */
function experts({ experts: count, perToken, size, alpha, limit }: ExpertOptions): Mlp {
  const route = routing({ experts: count, perToken, score: "softmax", normalize: true, name: "router", bias: true });
  return (outer, x) => {
    const weights = route(outer, x);
    const scope = outer.at("experts");
    const hidden = width(x.shape);
    const [batch, time] = x.shape as [Dim, Dim];
    const tokenCount = mulDims(batch, time);
    const project = (y: typeof x, name: string, inSize: number, outSize: number): typeof x =>
      add(
        matmul(y, scope.weight(name, [count, inSize, outSize])),
        unsqueeze(scope.weight(`${name}_bias`, [count, outSize]), [1]),
      );
    const tokens = reshape(x, [1, tokenCount, hidden]);
    const both = project(tokens, "gate_up_proj", hidden, 2 * size); // [experts, tokens, 2 * size]
    const pairs = reshape(both, [count, tokenCount, size, 2]);
    const side = (i: 0 | 1): typeof x => squeeze(slice(pairs, 3, i, i + 1), [3]);
    const gate = minimum(side(0), limit);
    const up = maximum(minimum(side(1), limit), -limit);
    const inner = mul(add(up, 1), mul(gate, sigmoid(mul(gate, alpha))));
    return weighExperts(project(inner, "down_proj", size, hidden), weights);
  };
}

export const gptOss: Family = {
  modelType: "gpt_oss",
  architectures: ["GptOssForCausalLM"],
  covers: "gpt-oss 20B, 120B (weights in bfloat16)",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "gpt_oss",
      kvHeads: 8,
      headDim: 64,
      maxPositions: 131_072,
      normEpsilon: 1e-5,
      eosTokenIds: [],
    });
    const { facts, headDim } = sizes;
    const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, theta: 150_000 });
    const slides = readSlidingPattern(reader, facts.layers, 2);
    const window = readWindow(reader, 128);
    const bias = reader.boolean("attention_bias", true);
    const keys = { experts: "num_local_experts", perToken: "num_experts_per_tok" };
    const counts = readExpertCounts(reader, keys, { experts: 128, perToken: 4 });
    for (const key of ["initial_context_length", "experts_per_token"]) reader.take(key);
    return llamaLike({
      facts,
      router: readRouterFacts(reader, counts),
      norm: rmsNormLayer(sizes.normEpsilon),
      attention: (layer) => ({
        ...sizes,
        rope,
        window: slides(layer) ? window : undefined,
        bias: { qkv: bias, output: bias },
        sinkName: "sinks",
      }),
      mlp: experts({
        ...counts,
        size: reader.integer("intermediate_size"),
        alpha: reader.number("swiglu_alpha", { fallback: 1.702 }),
        limit: reader.number("swiglu_limit", { fallback: 7 }),
      }),
    });
  },
};
