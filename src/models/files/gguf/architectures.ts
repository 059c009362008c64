/**
 * The architectures of GGUF files that can become Hugging Face checkpoints: keys of config.json, names of tensors,
 * and what llama.cpp's converter did to numbers, to be undone. Follows transformers (integrations/ggml.py and
 * modeling_gguf_pytorch_utils.py) where it does the same; what it leaves to defaults (the head size of Qwen3, the
 * frequencies of Llama 3) is read from the file.
 */
import { fail } from "../../../base/errors.ts";
import type { JsonObject } from "../../config-reader.ts";
import type { GgufMetadata } from "./metadata.ts";
import { readRopeScaling } from "./rope.ts";

/** Undoes what was done to a tensor's numbers on the way into the file. */
export type Restore = (values: Float32Array, shape: readonly number[], config: JsonObject) => Float32Array;

export interface TensorTarget {
  readonly name: string;
  readonly restore?: Restore;
}

export interface Architecture {
  /** `general.architecture`. */
  readonly name: string;
  readonly modelType: string;
  readonly className: string;
  /** Keys of config.json beyond those that all have. */
  readonly config?: (metadata: GgufMetadata) => JsonObject;
  /** Leaf names (`attn_q` of `blk.0.attn_q.weight`) to module paths inside of a layer. */
  readonly layer: Readonly<Record<string, string>>;
  /** By leaf name. */
  readonly restore?: Readonly<Record<string, Restore>>;
}

const plainLayer: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};
const headNorms = { attn_q_norm: "self_attn.q_norm", attn_k_norm: "self_attn.k_norm" } as const;

/**
 * Rows of queries and keys are stored with the two halves of each head interleaved, as the first Llama's rotary
 * embedding had them; transformers has one half after the other.
 */
function halvesOf(headsKey: string): Restore {
  return (values, shape, config) => {
    const rows = shape[0] as number;
    const width = values.length / rows;
    const half = rows / (config[headsKey] as number) / 2;
    const result = new Float32Array(values.length);
    for (let row = 0; row < rows; row++) {
      const [head, inside] = [Math.floor(row / (2 * half)), row % (2 * half)];
      const from = head * 2 * half + 2 * (inside % half) + Math.floor(inside / half);
      result.set(values.subarray(from * width, (from + 1) * width), row * width);
    }
    return result;
  };
}

/** Gemma's norms multiply by 1 + w; files hold 1 + w. */
const minusOne: Restore = (values) => values.map((value) => value - 1);

export const architectures: readonly Architecture[] = [
  {
    name: "llama",
    modelType: "llama",
    className: "LlamaForCausalLM",
    config: (metadata) => ({
      hidden_act: "silu",
      attention_bias: metadata.tensors.has("blk.0.attn_q.bias"),
      mlp_bias: metadata.tensors.has("blk.0.ffn_gate.bias"),
    }),
    layer: plainLayer,
    restore: { attn_q: halvesOf("num_attention_heads"), attn_k: halvesOf("num_key_value_heads") },
  },
  {
    name: "qwen2",
    modelType: "qwen2",
    className: "Qwen2ForCausalLM",
    config: () => ({ hidden_act: "silu", use_sliding_window: false }),
    layer: plainLayer,
  },
  {
    name: "qwen3",
    modelType: "qwen3",
    className: "Qwen3ForCausalLM",
    config: () => ({ hidden_act: "silu", attention_bias: false, use_sliding_window: false }),
    layer: { ...plainLayer, ...headNorms },
  },
  {
    name: "gemma3",
    modelType: "gemma3_text",
    className: "Gemma3ForCausalLM",
    config: gemma3Config,
    layer: {
      ...plainLayer,
      ...headNorms,
      post_attention_norm: "post_attention_layernorm",
      ffn_norm: "pre_feedforward_layernorm",
      post_ffw_norm: "post_feedforward_layernorm",
    },
    restore: {
      attn_norm: minusOne,
      attn_q_norm: minusOne,
      attn_k_norm: minusOne,
      post_attention_norm: minusOne,
      ffn_norm: minusOne,
      post_ffw_norm: minusOne,
      output_norm: minusOne,
    },
  },
];

/** What the files of Gemma 3 do not say is the same for all of its sizes, but for the largest. */
function gemma3Config(metadata: GgufMetadata): JsonObject {
  const layers = metadata.number(".block_count");
  const headDim = metadata.number(".attention.key_length");
  // Every sixth layer sees all tokens. Only the 27B (62 layers) scales scores by another size than its heads'.
  const largest = layers === 62;
  return {
    hidden_activation: "gelu_pytorch_tanh",
    attention_bias: false,
    sliding_window: metadata.number(".attention.sliding_window"),
    layer_types: Array.from({ length: layers }, (_, i) => ((i + 1) % 6 === 0 ? "full_attention" : "sliding_attention")),
    rope_local_base_freq: 10_000,
    query_pre_attn_scalar: largest
      ? metadata.number(".embedding_length") / metadata.number(".attention.head_count")
      : headDim,
    final_logit_softcapping: null,
    attn_logit_softcapping: null,
  };
}

export function findArchitecture(metadata: GgufMetadata): Architecture {
  const name = metadata.optionalText("general.architecture");
  const found = architectures.find((architecture) => architecture.name === name);
  if (found !== undefined) return found;
  const known = architectures.map((architecture) => architecture.name).join(", ");
  return fail("E_GGUF", {
    where: metadata.path,
    what: `the architecture ${JSON.stringify(name)} cannot be read from GGUF; ${known} can.`,
    fix: "Take the model as a Hugging Face folder instead.",
  });
}

/** config.json of the model in the file. */
export function ggufConfig(metadata: GgufMetadata, architecture: Architecture): JsonObject {
  const { tensors, path } = metadata;
  if ((metadata.optionalNumber(".expert_count") ?? 0) > 0) {
    fail("E_GGUF", { where: path, what: "the model is a mixture of experts, which cannot be read from GGUF." });
  }
  const embedding = tensors.get("token_embd.weight");
  if (embedding === undefined)
    return fail("E_GGUF", { where: path, what: 'the tensor "token_embd.weight" is missing.' });
  const heads = metadata.number(".attention.head_count");
  const hiddenSize = metadata.number(".embedding_length");
  const rotated = metadata.optionalNumber(".rope.dimension_count");
  const headDim = metadata.optionalNumber(".attention.key_length") ?? rotated ?? hiddenSize / heads;
  const valueDim = metadata.optionalNumber(".attention.value_length") ?? headDim;
  if (valueDim !== headDim) {
    fail("E_GGUF", { where: path, what: `heads of keys (${headDim}) and values (${valueDim}) differ in size.` });
  }
  return {
    architectures: [architecture.className],
    model_type: architecture.modelType,
    vocab_size: embedding.shape[0],
    hidden_size: hiddenSize,
    intermediate_size: metadata.number(".feed_forward_length"),
    num_hidden_layers: metadata.number(".block_count"),
    num_attention_heads: heads,
    num_key_value_heads: metadata.optionalNumber(".attention.head_count_kv") ?? heads,
    head_dim: headDim,
    max_position_embeddings: metadata.number(".context_length"),
    rms_norm_eps: metadata.number(".attention.layer_norm_rms_epsilon"),
    rope_theta: metadata.optionalNumber(".rope.freq_base") ?? 10_000,
    ...readRopeScaling(metadata, headDim),
    ...(rotated === undefined || rotated === headDim ? {} : { partial_rotary_factor: rotated / headDim }),
    tie_word_embeddings: !tensors.has("output.weight"),
    ...tokenId(metadata, "bos_token_id", "bos_token_id"),
    ...tokenId(metadata, "eos_token_id", "eos_token_id"),
    ...tokenId(metadata, "pad_token_id", "padding_token_id"),
    ...architecture.config?.(metadata),
  };
}

function tokenId(metadata: GgufMetadata, key: string, stored: string): JsonObject {
  const id = metadata.optionalNumber(`tokenizer.ggml.${stored}`);
  return id === undefined ? {} : { [key]: id };
}

/** Tensors that config.json stands for. */
const unwritten: ReadonlySet<string> = new Set(["rope_freqs.weight"]);

const outer: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};

/** Where each tensor of the file goes. @throws E_GGUF for tensors that the architecture does not have */
export function ggufTensorTargets(
  metadata: GgufMetadata,
  architecture: Architecture,
): ReadonlyMap<string, TensorTarget> {
  const targets = new Map<string, TensorTarget>();
  const unknown: string[] = [];
  for (const stored of metadata.tensors.keys()) {
    if (unwritten.has(stored)) continue;
    const [, layer, leaf = "", kind = ""] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(stored) ?? [];
    const table = layer === undefined ? outer : architecture.layer;
    const module = Object.hasOwn(table, leaf) ? table[leaf] : undefined;
    if (module === undefined) {
      unknown.push(stored);
      continue;
    }
    const restore = architecture.restore?.[leaf];
    const name = layer === undefined ? `${module}.${kind}` : `model.layers.${layer}.${module}.${kind}`;
    targets.set(stored, { name, ...(restore === undefined ? {} : { restore }) });
  }
  if (unknown.length > 0) {
    fail("E_GGUF", {
      where: metadata.path,
      what: `${unknown.length} tensors are not of the architecture ${architecture.name}: ${unknown.slice(0, 5).join(", ")}.`,
    });
  }
  return targets;
}
