import { describe as suite, expect, it } from "vitest";
import { isTunesmithError, type TunesmithError } from "../base/errors.ts";
import { readModel, type ReadConfigOptions } from "./config.ts";
import { noteConfigKeys } from "./config-keys.ts";
import { families, findFamily } from "./families/index.ts";
import { createConfigReader } from "./config-reader.ts";
import { countParameters, describe } from "./describe.ts";
import { readRope } from "./families/rope.ts";

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

const read = (json: object, options?: ReadConfigOptions) => readModel(json, "config.json", options);
const factsOf = (json: object, options?: ReadConfigOptions) => read(json, options).facts;
const namesOf = (json: object): readonly string[] => describe(read(json)).specs.map(({ name }) => name);
const windowsOf = (json: object) => describe(read(json)).caches.map(({ window }) => window);

function errorOf(json: unknown, options?: ReadConfigOptions): TunesmithError {
  try {
    readModel(json, "config.json", options);
  } catch (error) {
    if (isTunesmithError(error)) return error;
    throw error;
  }
  throw new Error("no error");
}

suite("readModel", () => {
  it("reads sizes and applies the family's defaults", () => {
    const model = read(base);
    expect(model.facts).toMatchObject({ hiddenSize: 64, layers: 2, tied: false, bosTokenId: 1, eosTokenIds: [2] });
    expect(describe(model).caches).toEqual(
      [0, 1].map((layer) => ({
        path: `model.layers.${layer}.self_attn`,
        heads: 8,
        kvHeads: 4,
        headDim: 8,
        window: undefined,
        biased: false,
      })),
    );
    const other = read({ ...base, eos_token_id: [3, 4], head_dim: 16 });
    expect(other.facts.eosTokenIds).toEqual([3, 4]);
    expect(describe(other).caches[0]?.headDim).toBe(16);
  });

  it("takes as many key heads as heads when Llama does not say", () => {
    const { num_key_value_heads: _, ...without } = base;
    const kvHeads = (json: object) => describe(read(json)).caches[0]?.kvHeads;
    expect(kvHeads(without)).toBe(8);
    expect(kvHeads({ ...base, num_key_value_heads: null })).toBe(8);
    expect(kvHeads({ ...mistral, num_key_value_heads: null })).toBe(8);
  });

  it("reads biases: Llama by key, Qwen2 always on q, k and v", () => {
    const biases = (json: object) =>
      namesOf(json)
        .filter((name) => name.startsWith("model.layers.0.") && name.endsWith(".bias"))
        .map((name) => name.split(".").at(-2));
    expect(biases(base)).toEqual([]);
    expect(biases({ ...base, attention_bias: true, mlp_bias: true })).toHaveLength(7);
    expect(biases(qwen)).toEqual(["q_proj", "k_proj", "v_proj"]);
  });

  it("reads sliding windows as transformers does", () => {
    expect(windowsOf(mistral)).toEqual([4096, 4096]);
    expect(windowsOf({ ...mistral, sliding_window: null })).toEqual([undefined, undefined]);
    expect(windowsOf({ ...mistral, sliding_window: 8 })).toEqual([8, 8]);
    const windows = { sliding_window: 16, max_window_layers: 1 };
    expect(windowsOf({ ...qwen, ...windows })).toEqual([undefined, undefined]);
    expect(windowsOf({ ...qwen, ...windows, use_sliding_window: true })).toEqual([undefined, 16]);
    const types = ["sliding_attention", "full_attention"];
    expect(windowsOf({ ...qwen, ...windows, use_sliding_window: true, layer_types: types })).toEqual([16, undefined]);
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
    expect(factsOf(smollm)).toMatchObject({ hiddenSize: 64 });
    expect(factsOf({ ...qwen, use_mrope: false, attention_dropout: 0.0 })).toMatchObject({ hiddenSize: 64 });
  });

  it.each([
    ["hidden_act", "xielu"],
    ["quantization_config", { quant_method: "gptq" }],
    ["attention_multiplier", 0.5],
    ["partial_rotary_factor", 0.5],
    ["layer_types", ["full_attention", "chunked_attention"]],
    ["rope_scaling", { type: "proportional", factor: 2 }],
    ["rope_parameters", { rope_type: "default", mrope_section: [16, 24] }],
    ["auto_map", { AutoModel: "modeling.X" }],
    ["brand_new_key", 3],
  ])("refuses %s = %j and names it", (key, value) => {
    const error = errorOf({ ...base, [key]: value });
    expect(error.code).toBe("E_MODEL_CONFIG_KEY");
    expect(error.message).toContain(`"${key}`);
  });

  it("lets unknown keys be overridden, but none that are known to change the math", () => {
    expect(factsOf({ ...base, brand_new_key: 3 }, { allowConfigKeys: ["brand_new_key"] })).toMatchObject({
      layers: 2,
    });
    expect(factsOf({ ...base, brand_new_key: 3 }, { allowConfigKeys: true })).toMatchObject({ layers: 2 });
    expect(errorOf({ ...base, brand_new_key: 3 }).fix).toContain("--allow-config-keys brand_new_key");
    expect(errorOf({ ...base, attention_multiplier: 2 }, { allowConfigKeys: true }).code).toBe("E_MODEL_CONFIG_KEY");
  });

  it("lets a key that changes the math pass when it is named", () => {
    expect(factsOf({ ...base, attention_multiplier: 2 }, { allowConfigKeys: ["attention_multiplier"] }).layers).toBe(2);
  });

  it.each([
    ["unk_token_id", 0],
    ["pad_token_id", -1],
    ["max_sequence_length", 2048],
    ["_anything", { deep: true }],
    ["attention_dropout", 0.1],
    ["resid_pdrop", 0.1],
    ["brand_new_key", false],
    ["brand_new_key", []],
    ["summary_type", "cls_index"],
  ])("does not stop at %s = %j", (key, value) => {
    expect(factsOf({ ...base, [key]: value }).padTokenId).toBeUndefined();
  });

  it("takes code of a checkpoint for its own where it has that class", () => {
    const own = { ...base, auto_map: { AutoModelForCausalLM: "modeling_llama.LlamaForCausalLM" } };
    expect(factsOf(own).layers).toBe(2);
    const other = { ...base, auto_map: { AutoModelForCausalLM: "modeling_other.OtherForCausalLM" } };
    expect(errorOf(other).message).toContain('"auto_map"');
  });

  it("reads a key under any of its names, and not two that differ", () => {
    const falcon = {
      model_type: "falcon",
      architectures: ["FalconForCausalLM"],
      hidden_size: 64,
      n_layer: 2,
      n_head: 8,
      vocab_size: 20,
    };
    expect(factsOf(falcon).layers).toBe(2);
    expect(factsOf({ ...falcon, num_hidden_layers: 2 }).layers).toBe(2);
    expect(errorOf({ ...falcon, num_hidden_layers: 3 }).message).toContain("differs from n_layer");
    const { n_layer: _, ...without } = falcon;
    expect(errorOf(without).message).toContain('"n_layer" is missing');
  });

  it("says once which keys are passed over", () => {
    expect(noteConfigKeys({ attention_dropout: 0.1, hidden_dropout: 0, odd: 3, even: 4 }, ["odd"])).toEqual([
      "config.json: attention_dropout (0.1) acts in training alone and is left out",
      "config.json: odd (3) is ignored, as allowed",
    ]);
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

suite("rotary frequencies", () => {
  const rope = (extra: object) =>
    readRope(createConfigReader({ ...base, ...extra }), { headDim: 8, maxPositions: base.max_position_embeddings });

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

suite("describe", () => {
  it("names what transformers names, and leaves a tied head out", () => {
    expect(namesOf({ ...base, tie_word_embeddings: true })).not.toContain("lm_head.weight");
    expect(namesOf(base)).toContain("lm_head.weight");
    expect(namesOf(qwen)).toContain("model.layers.1.self_attn.q_proj.bias");
    expect(namesOf(qwen)).not.toContain("model.layers.1.self_attn.o_proj.bias");
    // Embedding, 2 layers of 2 norms and 7 matrices, final norm.
    expect(namesOf({ ...base, tie_word_embeddings: true })).toHaveLength(1 + 2 * 9 + 1);
  });

  it("counts the parameters of a known model", () => {
    const stories = read({ ...base, num_hidden_layers: 5, tie_word_embeddings: true });
    expect(countParameters(describe(stories).specs)).toBe(260_032);
    expect(describe(stories).modules.at(-1)).toMatchObject({ path: "lm_head", weight: "model.embed_tokens.weight" });
  });
});
