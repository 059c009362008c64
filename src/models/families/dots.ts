/** dots.llm1: the experts of DeepSeek-V3 under Qwen3's attention. rednote 2025; transformers' Dots1Config. */
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { v3Experts } from "./deepseek.ts";
import { readCommon, readLayerTypes, readWindow, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readExpertCounts, readRouterFacts } from "./moe.ts";

export const dots1: Family = {
  modelType: "dots1",
  architectures: ["Dots1ForCausalLM"],
  covers: "dots.llm1",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "dots1",
      kvHeads: 32,
      maxPositions: 2048,
      normEpsilon: 1e-6,
      eosTokenIds: [],
    });
    const { layers } = common.facts;
    const keys = { experts: "n_routed_experts", perToken: "num_experts_per_tok" };
    const counts = readExpertCounts(reader, keys, { experts: 128, perToken: 6 });
    const firstSparse = reader.integer("first_k_dense_replace", { fallback: 0, min: 0 });
    const window = readWindow(reader, 4096);
    const from = reader.integer("max_window_layers", { fallback: 62, min: 0 });
    const types = readLayerTypes(reader, layers);
    const slides = (layer: number): boolean =>
      types === undefined ? layer >= from : types[layer] === "sliding_attention";
    reader.take("moe_layer_freq");
    const dense = gatedMlp(common);
    const bias = reader.boolean("attention_bias", false);
    const norm = rmsNormLayer(common.normEpsilon);
    return llamaLike({
      facts: common.facts,
      router: readRouterFacts(reader, counts),
      norm,
      attention: (layer) => ({
        ...common,
        window: slides(layer) ? window : undefined,
        bias: { qkv: bias, output: bias },
        queryKeyNorm: { norm, over: "head" },
      }),
      mlp: v3Experts(reader, common, counts, { size: 1408, factor: 1, normalize: false }),
      otherMlp: (layer) => (layer < firstSparse ? dense : undefined),
    });
  },
};
