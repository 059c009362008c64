import { describe, expect, it } from "vitest";
import { isTunesmithError, type TunesmithError } from "../base/errors.ts";
import { readConfig, type ReadConfigOptions } from "./config.ts";
import { families, findFamily } from "./families/index.ts";
import { countParameters, linearModules, parameterSpecs } from "./parameters.ts";

const base = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 64,
  intermediate_size: 172,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  vocab_size: 512,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
};
const qwen = { ...base, architectures: ["Qwen2ForCausalLM"], model_type: "qwen2" };
const mistral = { ...base, architectures: ["MistralForCausalLM"], model_type: "mistral" };

const read = (json: object, options?: ReadConfigOptions) => readConfig(json, "config.json", options);

function errorOf(json: unknown, options?: ReadConfigOptions): TunesmithError {
  try {
    readConfig(json, "config.json", options);
  } catch (error) {
    if (isTunesmithError(error)) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("readConfig", () => {
  it("reads sizes and applies the family's defaults", () => {
    const config = read(base);
    expect(config).toMatchObject({
      hiddenSize: 64,
      heads: 8,
      kvHeads: 4,
      headDim: 8,
      tied: false,
      rmsNormEpsilon: 1e-5,
    });
    expect(config.slidingWindow).toEqual([undefined, undefined]);
    expect(config.bosTokenId).toBe(1);
    expect(config.eosTokenIds).toEqual([2]);
    expect(read({ ...base, eos_token_id: [3, 4], head_dim: 16 })).toMatchObject({ eosTokenIds: [3, 4], headDim: 16 });
  });

  it("takes as many key heads as heads when Llama does not say", () => {
    const { num_key_value_heads: _, ...without } = base;
    expect(read(without).kvHeads).toBe(8);
    expect(read({ ...base, num_key_value_heads: null }).kvHeads).toBe(8);
    expect(read({ ...mistral, num_key_value_heads: null }).kvHeads).toBe(8);
  });

  it("reads biases: Llama by key, Qwen2 always on q, k and v", () => {
    expect(read({ ...base, attention_bias: true, mlp_bias: true })).toMatchObject({
      attentionBias: { qkv: true, output: true },
      mlpBias: true,
    });
    expect(read(qwen)).toMatchObject({ attentionBias: { qkv: true, output: false }, mlpBias: false });
  });

  it("reads sliding windows as transformers does", () => {
    expect(read(mistral).slidingWindow).toEqual([4096, 4096]);
    expect(read({ ...mistral, sliding_window: null }).slidingWindow).toEqual([undefined, undefined]);
    expect(read({ ...mistral, sliding_window: 8 }).slidingWindow).toEqual([8, 8]);
    const windows = { sliding_window: 16, max_window_layers: 1 };
    expect(read({ ...qwen, ...windows }).slidingWindow).toEqual([undefined, undefined]);
    expect(read({ ...qwen, ...windows, use_sliding_window: true }).slidingWindow).toEqual([undefined, 16]);
    const types = ["sliding_attention", "full_attention"];
    expect(read({ ...qwen, ...windows, use_sliding_window: true, layer_types: types }).slidingWindow).toEqual([
      16,
      undefined,
    ]);
  });

  it("takes configs as they are found on the hub", () => {
    const smollm = {
      ...base,
      attention_dropout: 0.0,
      is_llama_config: true,
      rope_interleaved: false,
      "transformers.js_config": { dtype: "q4" },
      torch_dtype: "bfloat16",
      pretraining_tp: 1,
      quantization_config: null,
    };
    expect(read(smollm)).toMatchObject({ hiddenSize: 64 });
    expect(read({ ...qwen, use_mrope: false, attention_dropout: 0.0 })).toMatchObject({ hiddenSize: 64 });
  });

  it.each([
    ["hidden_act", "gelu"],
    ["quantization_config", { quant_method: "gptq" }],
    ["attention_multiplier", 0.5],
    ["partial_rotary_factor", 0.5],
    ["layer_types", ["full_attention", "chunked_attention"]],
    ["rope_scaling", { type: "dynamic", factor: 2 }],
    ["rope_scaling", { rope_type: "longrope", short_factor: [1], long_factor: [2] }],
    ["rope_parameters", { rope_type: "default", mrope_section: [16, 24] }],
    ["attention_dropout", 0.1],
    ["auto_map", { AutoModel: "modeling.X" }],
    ["brand_new_key", 3],
  ])("refuses %s = %j and names it", (key, value) => {
    const error = errorOf({ ...base, [key]: value });
    expect(error.code).toBe("E_MODEL_CONFIG_KEY");
    expect(error.message).toContain(`"${key}`);
  });

  it("lets unknown keys be overridden, but none that are known to change the math", () => {
    expect(read({ ...base, brand_new_key: 3 }, { allowUnknownKeys: ["brand_new_key"] })).toMatchObject({ layers: 2 });
    expect(read({ ...base, brand_new_key: 3 }, { allowUnknownKeys: true })).toMatchObject({ layers: 2 });
    expect(errorOf({ ...base, brand_new_key: 3 }).fix).toContain("allowUnknownKeys (brand_new_key)");
    expect(errorOf({ ...base, attention_multiplier: 2 }, { allowUnknownKeys: true }).code).toBe("E_MODEL_CONFIG_KEY");
  });

  it("reports all malformed values at once", () => {
    const error = errorOf({ ...base, hidden_size: "64", num_key_value_heads: 3, vocab_size: undefined });
    expect(error.code).toBe("E_MODEL_CONFIG");
    expect(error.message).toContain('"hidden_size" is "64"');
    expect(error.message).toContain('"num_key_value_heads" is 3, does not divide 8 heads');
    expect(error.message).toContain('"vocab_size" is missing');
    expect(errorOf([]).code).toBe("E_MODEL_CONFIG");
    expect(errorOf({ ...base, num_hidden_layers: 1e9 }).code).toBe("E_MODEL_CONFIG");
    expect(errorOf({ ...base, rope_scaling: { rope_type: "linear" } }).message).toContain(
      '"rope_scaling.factor" is missing',
    );
  });

  it("refuses families and heads that are not built in", () => {
    expect(errorOf({ ...base, model_type: "gpt2" }).code).toBe("E_MODEL_FAMILY");
    expect(errorOf({ ...base, architectures: ["LlamaForSequenceClassification"] }).code).toBe("E_MODEL_FAMILY");
    expect(findFamily(undefined, ["Qwen2ForCausalLM"])?.modelType).toBe("qwen2");
  });

  it("has one family per model type", () => {
    expect(new Set(families.map((family) => family.modelType)).size).toBe(families.length);
  });
});

describe("rotary frequencies", () => {
  const rope = (extra: object) => read({ ...base, head_dim: 8, ...extra }).rope;

  it("reads older and newer keys alike", () => {
    const older = rope({ rope_theta: 500000, rope_scaling: { type: "linear", factor: 4 } });
    const newer = rope({ rope_parameters: { rope_theta: 500000, rope_type: "linear", factor: 4 } });
    expect(older).toEqual(newer);
    expect(older.inverseFrequencies[0]).toBe(0.25);
    expect(rope({}).theta).toBe(10000);
    expect(rope({ rope_scaling: null }).inverseFrequencies).toEqual([1, 0.1, 0.01, 0.001].map(Math.fround));
  });

  it("keeps short wavelengths of llama3 and stretches long ones", () => {
    const scaled = rope({
      rope_scaling: {
        rope_type: "llama3",
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 256,
      },
    });
    const [a, b, c, d] = scaled.inverseFrequencies as [number, number, number, number];
    expect(a).toBe(1); // wavelength 6.3 < 256 / 4
    expect(b).toBeGreaterThan(0.1 / 8); // 62.8 < 64: kept
    expect(b).toBe(Math.fround(0.1));
    expect(c).toBeCloseTo(0.01 / 8, 8); // 628 > 256
    expect(d).toBeCloseTo(0.001 / 8, 8);
  });

  it("scales YaRN's angles and magnitude", () => {
    const yarn = rope({
      rope_scaling: { rope_type: "yarn", factor: 4, original_max_position_embeddings: 128 },
    });
    expect(yarn.attentionFactor).toBeCloseTo(0.1 * Math.log(4) + 1, 12);
    expect(yarn.inverseFrequencies[0]).toBe(1);
    expect(yarn.inverseFrequencies[3]).toBeCloseTo(0.001 / 4, 9);
    const set = rope({
      rope_scaling: { rope_type: "yarn", factor: 4, original_max_position_embeddings: 128, attention_factor: 1.5 },
    });
    expect(set.attentionFactor).toBe(1.5);
  });
});

describe("parameterSpecs", () => {
  it("names what transformers names, and leaves a tied head out", () => {
    const names = (json: object) => parameterSpecs(read(json)).map((spec) => spec.name);
    expect(names({ ...base, tie_word_embeddings: true })).not.toContain("lm_head.weight");
    expect(names(base)).toContain("lm_head.weight");
    expect(names(qwen)).toContain("model.layers.1.self_attn.q_proj.bias");
    expect(names(qwen)).not.toContain("model.layers.1.self_attn.o_proj.bias");
    // Embedding, 2 layers of 2 norms and 7 matrices, final norm.
    expect(names({ ...base, tie_word_embeddings: true })).toHaveLength(1 + 2 * 9 + 1);
  });

  it("counts the parameters of a known model", () => {
    const stories = read({ ...base, num_hidden_layers: 5, tie_word_embeddings: true });
    expect(countParameters(parameterSpecs(stories))).toBe(260_032);
    expect(linearModules(stories).at(-1)).toMatchObject({ module: "lm_head", weight: "model.embed_tokens.weight" });
  });
});
