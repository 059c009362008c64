/**
 * Llama's layers under other names: models that differ from Llama in what their config.json leaves out, in which
 * projections have a bias, in the kind of norm, or in an MLP without gate. One entry each.
 */
import { withNames, type ConfigReader } from "../config-reader.ts";
import { gatedMlp, plainMlp } from "../layers/mlp.ts";
import { layerNormLayer, rmsNormLayer } from "../layers/norm.ts";
import { readCommon, requireLayerTypes, type Family, type FamilyDefaults } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import type { ReadRopeOptions } from "./rope.ts";

interface Biases {
  readonly qkv: boolean;
  readonly output: boolean;
  readonly mlp: boolean;
}

interface Named extends Omit<Family, "read"> {
  readonly defaults: Omit<FamilyDefaults, "modelType">;
  /** Other names of config keys. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly rope?: Pick<ReadRopeOptions, "theta" | "interleaved">;
  /** Default: by `attention_bias` and `mlp_bias`. */
  readonly bias?: (reader: ConfigReader) => Biases;
  readonly norm?: typeof layerNormLayer;
  /** The MLP has no gate. */
  readonly plain?: boolean;
  /** Keys that say how the published code computes, not what. */
  readonly ignored?: readonly string[];
}

const byKeys = (reader: ConfigReader): Biases => {
  const attention = reader.boolean("attention_bias", false);
  return { qkv: attention, output: attention, mlp: reader.boolean("mlp_bias", false) };
};

function family(named: Named): Family {
  const { modelType, architectures, covers, defaults, names = {}, bias = byKeys, plain = false } = named;
  return {
    modelType,
    architectures,
    covers,
    read: (outer) => {
      const reader = withNames(outer, names);
      for (const key of named.ignored ?? []) reader.take(key);
      const common = readCommon(reader, { modelType, ...defaults }, named.rope);
      requireLayerTypes(reader, common.facts.layers, "full_attention");
      const { mlp, ...attentionBias } = bias(reader);
      const attention = { ...common, bias: attentionBias };
      return llamaLike({
        facts: common.facts,
        norm: (named.norm ?? rmsNormLayer)(common.normEpsilon),
        attention: () => attention,
        mlp: plain
          ? plainMlp({ ...common, bias: mlp, names: ["up_proj", "down_proj"] })
          : gatedMlp({ ...common, bias: mlp }),
      });
    },
  };
}

const llamaDefaults = { maxPositions: 2048, normEpsilon: 1e-6, bosTokenId: 1, eosTokenIds: [2] };

export const llamaNamed: readonly Family[] = [
  {
    modelType: "arcee",
    architectures: ["ArceeForCausalLM"],
    covers: "AFM 4.5B",
    defaults: {
      maxPositions: 4096,
      normEpsilon: 1e-5,
      activation: "relu2" as const,
      bosTokenId: 128_000,
      eosTokenIds: [128_001],
    },
    plain: true,
  },
  {
    modelType: "helium",
    architectures: ["HeliumForCausalLM"],
    covers: "Helium 1 2B",
    defaults: { headDim: 128, maxPositions: 4096, normEpsilon: 1e-8, bosTokenId: 1, eosTokenIds: [2], padTokenId: 3 },
    rope: { theta: 100_000, interleaved: true },
    bias: (reader: ConfigReader) => ({ ...byKeys(reader), output: false }),
  },
  {
    modelType: "internlm3",
    architectures: ["InternLM3ForCausalLM", "LlamaForCausalLM"],
    covers: "InternLM 3 8B",
    names: { attention_bias: ["qkv_bias"], mlp_bias: ["bias"] },
    defaults: {
      kvHeads: 2,
      headDim: 128,
      maxPositions: 32768,
      normEpsilon: 1e-5,
      bosTokenId: 1,
      eosTokenIds: [2],
      padTokenId: 2,
    },
    bias: (reader: ConfigReader) => {
      // "bias" is that of all projections but queries, keys and values.
      const mlp = reader.boolean("mlp_bias", false);
      return { qkv: reader.boolean("attention_bias", false), output: mlp, mlp };
    },
  },
  {
    modelType: "internlm",
    architectures: ["InternLMForCausalLM"],
    covers: "InternLM 7B, 20B",
    defaults: { ...llamaDefaults, padTokenId: 0 },
    bias: (reader: ConfigReader) => {
      const attention = reader.boolean("bias", true);
      return { qkv: attention, output: attention, mlp: false };
    },
  },
  {
    modelType: "iquestcoder",
    architectures: ["IQuestCoderForCausalLM", "LlamaForCausalLM"],
    covers: "IQuest-Coder V1",
    defaults: { kvHeads: 8, headDim: 128, maxPositions: 131_072, normEpsilon: 1e-5, bosTokenId: 1, eosTokenIds: [2] },
  },
  {
    modelType: "orion",
    architectures: ["OrionForCausalLM"],
    covers: "Orion 14B",
    defaults: { ...llamaDefaults, maxPositions: 4096, normEpsilon: 1e-5 },
    norm: layerNormLayer,
  },
  {
    modelType: "seed_oss",
    architectures: ["SeedOssForCausalLM"],
    covers: "Seed-OSS 36B",
    defaults: {
      kvHeads: 8,
      headDim: 128,
      maxPositions: 524_288,
      normEpsilon: 1e-6,
      bosTokenId: 0,
      eosTokenIds: [2],
      padTokenId: 1,
    },
    bias: (reader: ConfigReader) => ({
      qkv: reader.boolean("attention_bias", true),
      output: reader.boolean("attention_out_bias", false),
      mlp: reader.boolean("mlp_bias", false),
    }),
  },
  {
    modelType: "skywork",
    architectures: ["SkyworkForCausalLM"],
    covers: "Skywork 13B",
    defaults: llamaDefaults,
  },
  {
    modelType: "xverse",
    architectures: ["XverseForCausalLM"],
    covers: "XVERSE 7B, 13B, 65B",
    defaults: { ...llamaDefaults, maxPositions: 8192, bosTokenId: 2, eosTokenIds: [3] },
    ignored: ["max_tokenizer_truncation"],
  },
].map(family);
