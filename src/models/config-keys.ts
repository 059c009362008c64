/**
 * What is known of config.json keys that no family reads: those that never change the math of a forward pass,
 * and those that do unless they hold a neutral value. A key in neither list is an error, not a guess.
 */
import { showValue, type JsonObject } from "./config-reader.ts";

/** Bookkeeping, initialisation, caching and the defaults of generation. */
export const harmlessKeys: ReadonlySet<string> = new Set([
  "architectures",
  "attn_implementation",
  "bad_words_ids",
  "base_model_pp_plan",
  "base_model_tp_plan",
  "begin_suppress_tokens",
  "bos_token",
  "cache_implementation",
  "chunk_size_feed_forward",
  "cross_attention_hidden_size",
  "decoder_start_token_id",
  "diversity_penalty",
  "do_sample",
  "dtype",
  "early_stopping",
  "encoder_no_repeat_ngram_size",
  "eos_token",
  "exponential_decay_length_penalty",
  "finetuning_task",
  "forced_bos_token_id",
  "forced_eos_token_id",
  "gradient_checkpointing",
  "id2label",
  "init_std",
  "initializer_factor",
  "initializer_range",
  "is_decoder",
  "is_llama_config",
  "keys_to_ignore_at_inference",
  "label2id",
  "length_penalty",
  "mask_token_id",
  "max_length",
  "max_new_tokens",
  "max_sequence_length",
  "max_time",
  "min_length",
  "min_p",
  "model_max_length",
  "model_type",
  "name_or_path",
  "no_repeat_ngram_size",
  "num_beam_groups",
  "num_beams",
  "num_labels",
  "num_return_sequences",
  "output_attentions",
  "output_hidden_states",
  "output_past",
  "output_scores",
  "pad_token",
  "prefix",
  "pretraining_tp",
  "problem_type",
  "remove_invalid_values",
  "repetition_penalty",
  "return_dict",
  "return_dict_in_generate",
  "sep_token_id",
  "stop_strings",
  "summary_activation",
  "summary_first_dropout",
  "summary_proj_to_labels",
  "summary_type",
  "summary_use_proj",
  "suppress_tokens",
  "task_specific_params",
  "temperature",
  "tf_legacy_loss",
  "tie_encoder_decoder",
  "tokenizer_class",
  "top_k",
  "top_p",
  "torch_dtype",
  "torchscript",
  "transformers.js_config",
  "transformers_version",
  "typical_p",
  "unk_token",
  "unk_token_id",
  "unsloth_fixed",
  "unsloth_version",
  "use_bfloat16",
  "use_cache",
  "use_flash_attention",
  "use_flash_attn",
]);

interface NeutralKey {
  /** Values that leave the math alone, besides null and absence. */
  readonly values: readonly unknown[];
  readonly why: string;
}

const scale = (what: string): NeutralKey => ({ values: [1], why: `${what} are not supported` });
const softcap: NeutralKey = { values: [0], why: "soft caps on logits are not supported" };
const feature = (what: string): NeutralKey => ({ values: [false], why: `${what} not supported` });

/** Keys of related architectures that change the math. */
export const neutralKeys: Readonly<Record<string, NeutralKey>> = {
  add_cross_attention: feature("cross attention is"),
  attention_multiplier: scale("scaled attention scores"),
  attn_logit_softcapping: softcap,
  auto_map: { values: [], why: "the model runs code of its own, which cannot be followed" },
  clip_qkv: { values: [], why: "clipped queries, keys and values are not supported" },
  embedding_multiplier: scale("scaled embeddings"),
  final_logit_softcapping: softcap,
  is_encoder_decoder: feature("encoder-decoder models are"),
  logit_scale: scale("scaled logits"),
  logits_scaling: scale("scaled logits"),
  no_rope_layers: { values: [], why: "layers without rotary embedding are not supported" },
  num_experts: { values: [0], why: "mixtures of experts are not supported" },
  num_local_experts: { values: [0], why: "mixtures of experts are not supported" },
  partial_rotary_factor: { values: [1], why: "rotating a part of each head is not supported" },
  per_layer_config: { values: [], why: "layers that differ from each other are not supported" },
  pruned_heads: { values: [], why: "models with pruned heads are not supported" },
  qk_layernorm: feature("normalised queries and keys are"),
  quantization_config: {
    values: [],
    why: "quantized checkpoints cannot be read; start from the unquantized checkpoint of the same model",
  },
  query_pre_attn_scalar: { values: [], why: "scaled attention scores are not supported" },
  residual_multiplier: scale("scaled residual branches"),
  rope_interleaved: feature("the interleaved layout of rotary embedding is"),
  use_mrope: feature("multimodal rotary embedding is"),
  use_qk_norm: feature("normalised queries and keys are"),
};

function isNeutral(value: unknown, { values }: NeutralKey): boolean {
  if (value === null || value === undefined || values.includes(value)) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Dropout acts in training alone, and is left out there: worth a note, no reason to stop. */
const isDropout = (key: string): boolean => /dropout|_pdrop$|_drop$/.test(key);

/** Values that say that a feature is not used. */
function isOff(value: unknown): boolean {
  if (value === null || value === false || value === 0 || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Why this key stops the load: undefined when it does not. `known` says whether the key itself is understood. */
export function judgeUnreadKey(
  json: JsonObject,
  key: string,
): { readonly known: boolean; readonly why: string } | undefined {
  const value = json[key];
  // Keys with an underscore in front are private notes of transformers and of tools.
  if (value === null || harmlessKeys.has(key) || key.startsWith("_") || isDropout(key)) return undefined;
  const neutral = Object.hasOwn(neutralKeys, key) ? neutralKeys[key] : undefined;
  if (neutral !== undefined) return isNeutral(value, neutral) ? undefined : { known: true, why: neutral.why };
  return isOff(value) ? undefined : { known: false, why: "is not known, so it may change the math" };
}

/** What to say once of keys that are passed over: dropout that training leaves out, and what was allowed by name. */
export function noteConfigKeys(json: JsonObject, allowed: readonly string[]): readonly string[] {
  const has = (key: string): boolean => Object.hasOwn(json, key) && !isOff(json[key]);
  const dropout = Object.keys(json).filter((key) => isDropout(key) && has(key));
  const passed = allowed.filter((key) => has(key) && judgeUnreadKey(json, key) !== undefined);
  const list = (keys: readonly string[]): string => keys.map((key) => `${key} (${showValue(json[key])})`).join(", ");
  return [
    ...(dropout.length === 0 ? [] : [`config.json: ${list(dropout)} acts in training alone and is left out`]),
    ...(passed.length === 0 ? [] : [`config.json: ${list(passed)} is ignored, as allowed`]),
  ];
}
