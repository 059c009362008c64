/**
 * EXAONE 3 (Llama's layers under names of GPT-2) and EXAONE 4: norms after each branch, normalised queries and keys, and,
 * where some layers slide, positions in those alone. LG AI Research 2024, 2025; transformers' Exaone4Config.
 */
import { withNames, type ConfigReader } from "../config-reader.ts";
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { readCommon, readLayerTypes, readWindow, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";

export const exaone: Family = {
  modelType: "exaone",
  architectures: ["ExaoneForCausalLM", "LlamaForCausalLM"],
  covers: "EXAONE 3, 3.5, Deep",
  read: (outer) => {
    const reader = withNames(outer, {
      num_hidden_layers: ["num_layers"],
      rms_norm_eps: ["layer_norm_epsilon"],
      hidden_act: ["activation_function"],
    });
    const defaults = { maxPositions: 4096, normEpsilon: 1e-5, bosTokenId: 1, eosTokenIds: [361], padTokenId: 0 };
    const common = readCommon(reader, { modelType: "exaone", kvHeads: 8, ...defaults }, { theta: 500_000 });
    for (const key of ["embed_dropout"]) reader.take(key);
    return llamaLike({
      facts: common.facts,
      names: { embedding: "transformer.wte", layers: "transformer.h", norm: "transformer.ln_f", head: "lm_head" },
      norm: rmsNormLayer(common.normEpsilon),
      norms: { beforeAttention: "ln_1", beforeMlp: "ln_2" },
      places: { attention: "attn.attention", mlp: "mlp" },
      attention: () => ({ ...common, bias: { qkv: false, output: false }, output: "out_proj" }),
      mlp: gatedMlp({ ...common, names: { gate: "c_fc_0", up: "c_fc_1", down: "c_proj" } }),
    });
  },
};

/** Which layers slide: `layer_types`, else all but every n-th; "LLLG" is n = 4. */
function readSlides(reader: ConfigReader, layers: number, window: number | undefined): (layer: number) => boolean {
  const types = readLayerTypes(reader, layers);
  const stated = reader.take("sliding_window_pattern") ?? 4;
  const every = typeof stated === "string" ? stated.length : stated;
  if (typeof every !== "number" || (typeof stated === "string" && !/^L+G$/.test(stated))) {
    reader.report({ key: "sliding_window_pattern", kind: "value", message: `wants a number or a text such as "LLLG"` });
    return () => false;
  }
  if (types !== undefined) return (layer) => types[layer] === "sliding_attention";
  return (layer) => window !== undefined && (layer + 1) % every !== 0;
}

export const exaone4: Family = {
  modelType: "exaone4",
  architectures: ["Exaone4ForCausalLM"],
  covers: "EXAONE 4",
  read: (reader) => {
    const common = readCommon(reader, {
      modelType: "exaone4",
      kvHeads: 32,
      maxPositions: 2048,
      normEpsilon: 1e-5,
      bosTokenId: 0,
      eosTokenIds: [2],
    });
    const window = readWindow(reader, 4096);
    const slides = readSlides(reader, common.facts.layers, window);
    const norm = rmsNormLayer(common.normEpsilon);
    return llamaLike({
      facts: common.facts,
      norm,
      norms: { afterAttention: "post_attention_layernorm", afterMlp: "post_feedforward_layernorm" },
      attention: (layer) => ({
        ...common,
        rope: window === undefined || slides(layer) ? common.rope : undefined,
        window: slides(layer) ? window : undefined,
        bias: { qkv: false, output: false },
        queryKeyNorm: { norm, over: "head" },
      }),
      mlp: gatedMlp(common),
    });
  },
};
