/** SmolLM3: Llama's layers; every fourth knows no positions. Bakouch et al. 2025; transformers' SmolLM3Config. */
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { readCommon, readLayerTypes, readWindow, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const smollm3: Family = {
  modelType: "smollm3",
  architectures: ["SmolLM3ForCausalLM"],
  covers: "SmolLM3",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "smollm3",
      kvHeads: 4,
      maxPositions: 32768,
      normEpsilon: 1e-6,
      tied: true,
      bosTokenId: 128_000,
      eosTokenIds: [128_001],
      padTokenId: 128_004,
    });
    const { layers } = common.facts;
    const bias = reader.boolean("attention_bias", false);
    const interval = reader.integer("no_rope_layer_interval", { fallback: 4 });
    // 1 where a layer turns, 0 where it does not, in spite of the key's name.
    const stated = reader.take("no_rope_layers");
    const listed = Array.isArray(stated) && stated.length === layers ? (stated as readonly unknown[]) : undefined;
    if (stated !== undefined && listed === undefined) {
      reader.report({ key: "no_rope_layers", kind: "value", message: `wants a list of ${layers} numbers, 0 or 1` });
    }
    const turns = (layer: number): boolean =>
      listed === undefined ? (layer + 1) % interval !== 0 : listed[layer] === 1;
    const types = readLayerTypes(reader, layers);
    const stops = readWindow(reader, undefined);
    const window = reader.boolean("use_sliding_window", false) ? stops : undefined;
    const slides = (layer: number): boolean =>
      types === undefined ? !turns(layer) : types[layer] === "sliding_attention";
    return llamaLike({
      facts: common.facts,
      norm: rmsNormLayer(common.normEpsilon),
      attention: (layer) => ({
        ...common,
        rope: turns(layer) ? common.rope : undefined,
        window: slides(layer) ? window : undefined,
        bias: { qkv: bias, output: bias },
      }),
      mlp: gatedMlp({ ...common, bias: reader.boolean("mlp_bias", false) }),
    });
  },
};
