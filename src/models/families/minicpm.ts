/**
 * MiniCPM: Llama's layers with scaled embeddings, branches and hidden states; as a mixture, experts in every layer. MiniCPM 3
 * has latent attention. Hu et al. 2024; modeling_minicpm.py beside the weights, transformers' MiniCPM3Config.
 */
import type { ConfigReader } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import type { Facts } from "../model.ts";
import { readLatentAttention } from "./deepseek.ts";
import { readCommon, readSizes, requireValue, type Family } from "./family.ts";
import { llamaLike, type LlamaLike } from "./llama-like.ts";
import { gatedExperts, readExpertCounts, readRouterFacts } from "./moe.ts";

interface Absent {
  readonly embedding: number;
  readonly depth: number;
  readonly base: number;
}

function readScales(
  reader: ConfigReader,
  { hiddenSize, layers }: Facts,
  absent: Absent,
): Pick<LlamaLike, "embeddingScale" | "residualScale" | "head"> {
  const positive = (key: string, fallback: number): number => reader.number(key, { fallback, min: 1e-9 });
  return {
    embeddingScale: positive("scale_emb", absent.embedding),
    residualScale: positive("scale_depth", absent.depth) / Math.sqrt(layers),
    head: { scale: positive("dim_model_base", absent.base) / hiddenSize },
  };
}

export const minicpm: Family = {
  modelType: "minicpm",
  architectures: ["MiniCPMForCausalLM"],
  covers: "MiniCPM 1B, 2B, MoE 8x2B, MiniCPM 4 (without its sparse attention)",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "minicpm",
      maxPositions: 2048,
      normEpsilon: 1e-6,
      tied: true,
      bosTokenId: 1,
      eosTokenIds: [2],
    });
    requireValue(reader, "sparse_config", null);
    const bias = reader.boolean("attention_bias", false);
    const experts = reader.integer("num_experts", { fallback: 0, min: 0 });
    const keys = { experts: "num_experts", perToken: "num_experts_per_tok" };
    const counts = experts === 0 ? undefined : readExpertCounts(reader, keys, { experts: 8, perToken: 2 });
    const size = common.intermediateSize;
    return llamaLike({
      facts: common.facts,
      router: counts === undefined ? undefined : readRouterFacts(reader, counts),
      ...readScales(reader, common.facts, {
        embedding: 1,
        depth: Math.sqrt(common.facts.layers),
        base: common.facts.hiddenSize,
      }),
      norm: rmsNormLayer(common.normEpsilon),
      attention: () => ({ ...common, bias: { qkv: bias, output: bias } }),
      mlp:
        counts === undefined
          ? gatedMlp(common)
          : gatedExperts(common, {
              router: { ...counts, score: "softmax", normalize: true },
              size,
              names: { gate: "w1", up: "w3", down: "w2" },
            }),
    });
  },
};

export const minicpm3: Family = {
  modelType: "minicpm3",
  architectures: ["MiniCPM3ForCausalLM"],
  covers: "MiniCPM3 4B",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "minicpm3",
      maxPositions: 32768,
      normEpsilon: 1e-5,
      tied: true,
      bosTokenId: 1,
      eosTokenIds: [2],
    });
    const { facts, heads } = sizes;
    reader.take("qk_head_dim");
    const attention = readLatentAttention(reader, sizes, {
      interleaved: false,
      queryRank: 768,
      keyRank: 256,
      still: 64,
      turning: 32,
      valueDim: Math.floor(facts.hiddenSize / heads),
    });
    return llamaLike({
      facts,
      ...readScales(reader, facts, { embedding: 12, depth: 1.4, base: 256 }),
      norm: rmsNormLayer(sizes.normEpsilon),
      attention: () => attention,
      mlp: gatedMlp({
        ...sizes,
        intermediateSize: reader.integer("intermediate_size"),
        bias: reader.boolean("mlp_bias", false),
      }),
    });
  },
};
