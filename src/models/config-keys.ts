/**
 * What is known of config.json keys that no family reads: those that never change the math of a forward pass,
 * and those that do unless they hold a neutral value. A key in neither list is an error, not a guess.
 */
import type { JsonObject } from "./config-reader.ts";

/** Bookkeeping, initialisation, caching and the defaults of generation. */
export const harmlessKeys: ReadonlySet<string> = new Set([
  "_attn_implementation",
  "_attn_implementation_autoset",
  "_commit_hash",
  "_flash_attn_2_enabled",
  "_name_or_path",
  "architectures",
  "attn_implementation",
  "bad_words_ids",
  "begin_suppress_tokens",
  "chunk_size_feed_forward",
  "cross_attention_hidden_size",
  "decoder_start_token_id",
  "diversity_penalty",
  "do_sample",
  "dtype",
  "early_stopping",
  "encoder_no_repeat_ngram_size",
  "exponential_decay_length_penalty",
  "finetuning_task",
  "forced_bos_token_id",
  "forced_eos_token_id",
  "id2label",
  "initializer_range",
  "is_decoder",
  "is_llama_config",
  "label2id",
  "length_penalty",
  "mask_token_id",
  "max_length",
  "max_new_tokens",
  "min_length",
  "min_p",
  "model_type",
  "name_or_path",
  "no_repeat_ngram_size",
  "num_beam_groups",
  "num_beams",
  "num_labels",
  "num_return_sequences",
  "output_attentions",
  "output_hidden_states",
  "output_scores",
  "prefix",
  "pretraining_tp",
  "problem_type",
  "remove_invalid_values",
  "repetition_penalty",
  "return_dict",
  "return_dict_in_generate",
  "sep_token_id",
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
  "unsloth_fixed",
  "unsloth_version",
  "use_bfloat16",
  "use_cache",
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
  attention_dropout: { values: [0], why: "dropout of attention weights is not supported; set it to 0" },
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

/** Why this key stops the load: undefined when it does not. `known` says whether the key itself is understood. */
export function judgeUnreadKey(
  json: JsonObject,
  key: string,
): { readonly known: boolean; readonly why: string } | undefined {
  const value = json[key];
  if (value === null || harmlessKeys.has(key)) return undefined;
  const neutral = Object.hasOwn(neutralKeys, key) ? neutralKeys[key] : undefined;
  if (neutral === undefined) return { known: false, why: "is not known, so it may change the math" };
  return isNeutral(value, neutral) ? undefined : { known: true, why: neutral.why };
}
