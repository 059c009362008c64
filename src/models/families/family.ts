/** What a model family is: names to find it by, and one function from config.json to the model. */
import type { ConfigReader } from "../config-reader.ts";
import { activations, isActivation, type Activation } from "../layers/mlp.ts";
import type { RopeConfig } from "../layers/rope.ts";
import type { Facts, Model } from "../model.ts";
import { readRope, type ReadRopeOptions } from "./rope.ts";

export interface Family {
  /** `model_type` of config.json. */
  readonly modelType: string;
  /** Classes of transformers whose checkpoints it reads. */
  readonly architectures: readonly string[];
  /** Which published models it is, for people. */
  readonly covers: string;
  /** Reads the keys of the family; what is wrong goes to the reader, which reports all at once. */
  readonly read: (reader: ConfigReader) => Model;
}

/** What transformers assumes for keys that a config.json leaves out, and how a family calls them. */
export interface FamilyDefaults {
  readonly modelType: string;
  /** Absent: as many as heads. */
  readonly kvHeads?: number;
  /** Absent: hidden size by heads. */
  readonly headDim?: number;
  readonly maxPositions: number;
  /** Default "rms_norm_eps". */
  readonly normKey?: string;
  readonly normEpsilon: number;
  /** Keys that may hold the activation, the first present one counts; default "hidden_act". */
  readonly activationKeys?: readonly string[];
  /** Default "silu". */
  readonly activation?: Activation;
  /** The output head is the embedding table unless the config says otherwise; default false. */
  readonly tied?: boolean;
  readonly bosTokenId?: number;
  readonly eosTokenIds: readonly number[];
  readonly padTokenId?: number;
}

/** The sizes and ids that all decoders have. */
export interface Sizes {
  readonly facts: Facts;
  readonly heads: number;
  /** Heads of keys and values; divides `heads`. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
}

/** Frequencies are made for so many numbers of a head before tensors are looked at. */
const HEAD_DIM_LIMIT = 65_536;

/** {@link Sizes} of decoders with rotary positions in every layer and an MLP of a stated size. */
export interface Common extends Sizes {
  readonly intermediateSize: number;
  readonly rope: RopeConfig;
}

const LAYERS_LIMIT = 1024;

export function readSizes(reader: ConfigReader, defaults: FamilyDefaults): Sizes {
  const hiddenSize = reader.integer("hidden_size");
  const heads = reader.integer("num_attention_heads");
  // An explicit null means one key head for each query head, an absent key the family's own default.
  const absent = Object.hasOwn(reader.json, "num_key_value_heads") ? heads : (defaults.kvHeads ?? heads);
  const kvHeads = reader.integer("num_key_value_heads", { fallback: absent });
  if (heads % kvHeads !== 0) {
    reader.report({
      key: "num_key_value_heads",
      kind: "value",
      message: `is ${kvHeads}, does not divide ${heads} heads`,
    });
  }
  const headDim = Math.min(
    HEAD_DIM_LIMIT,
    reader.integer("head_dim", { max: HEAD_DIM_LIMIT, fallback: defaults.headDim ?? Math.floor(hiddenSize / heads) }),
  );
  if (headDim % 2 !== 0) {
    reader.report({ key: "head_dim", kind: "value", message: `is ${headDim}, rotary embedding wants it even` });
  }
  const bos = reader.ids("bos_token_id", defaults.bosTokenId === undefined ? [] : [defaults.bosTokenId]);
  return {
    facts: {
      modelType: defaults.modelType,
      vocabSize: reader.integer("vocab_size"),
      hiddenSize,
      layers: reader.integer("num_hidden_layers", { max: LAYERS_LIMIT }),
      maxPositions: reader.integer("max_position_embeddings", { fallback: defaults.maxPositions }),
      tied: reader.boolean("tie_word_embeddings", defaults.tied ?? false),
      bosTokenId: bos[0],
      eosTokenIds: reader.ids("eos_token_id", defaults.eosTokenIds),
      padTokenId: reader.ids("pad_token_id", defaults.padTokenId === undefined ? [] : [defaults.padTokenId])[0],
    },
    heads,
    kvHeads,
    headDim,
    normEpsilon: reader.number(defaults.normKey ?? "rms_norm_eps", { fallback: defaults.normEpsilon, max: 1 }),
    activation: readActivation(reader, defaults.activationKeys ?? ["hidden_act"], defaults.activation ?? "silu"),
  };
}

export function readCommon(
  reader: ConfigReader,
  defaults: FamilyDefaults,
  rope: Omit<ReadRopeOptions, "headDim" | "maxPositions"> = {},
): Common {
  const sizes = readSizes(reader, defaults);
  return {
    ...sizes,
    intermediateSize: reader.integer("intermediate_size"),
    rope: readRope(reader, { ...rope, headDim: sizes.headDim, maxPositions: sizes.facts.maxPositions }),
  };
}

export function readActivation(reader: ConfigReader, keys: readonly string[], fallback: Activation): Activation {
  const found = keys.map((key) => ({ key, value: reader.take(key) })).find(({ value }) => value !== undefined);
  if (found === undefined || isActivation(found.value)) return (found?.value as Activation | undefined) ?? fallback;
  reader.report({
    key: found.key,
    kind: "unsupported",
    message: `is ${JSON.stringify(found.value)}; supported are ${Object.keys(activations).join(", ")}`,
  });
  return fallback;
}

/** A setting that has one supported value; absent means that one. */
export function requireValue(reader: ConfigReader, key: string, wanted: unknown): void {
  const found = reader.take(key) ?? wanted;
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  const message = `is ${JSON.stringify(found)}; supported is ${JSON.stringify(wanted)}`;
  reader.report({ key, kind: "unsupported", message });
}

/** `layer_types` as a list of the two kinds of attention, or undefined when absent. Wrong lists are reported. */
export function readLayerTypes(reader: ConfigReader, layers: number): readonly string[] | undefined {
  const value = reader.take("layer_types");
  if (value === undefined) return undefined;
  const kinds = ["full_attention", "sliding_attention"];
  const unknown = Array.isArray(value) ? value.find((kind) => !kinds.includes(kind as string)) : value;
  if (!Array.isArray(value) || value.length !== layers || unknown !== undefined) {
    const message =
      Array.isArray(value) && unknown === undefined
        ? `has ${value.length} entries for ${layers} layers`
        : `holds ${JSON.stringify(unknown)}; supported are ${kinds.join(", ")}`;
    reader.report({ key: "layer_types", kind: "unsupported", message });
    return undefined;
  }
  return value as readonly string[];
}

/** For families that attend fully in every layer: a `layer_types` that says otherwise is an error. */
export function requireLayerTypes(reader: ConfigReader, layers: number, kind: string): void {
  const types = readLayerTypes(reader, layers);
  if (types !== undefined && types.some((type) => type !== kind)) {
    reader.report({
      key: "layer_types",
      kind: "unsupported",
      message: `must be "${kind}" in every layer of this family`,
    });
  }
}

/** `sliding_window`: absent means `absent`, null means none. So it is in transformers. */
export function readWindow(reader: ConfigReader, absent: number | undefined): number | undefined {
  const fallback = Object.hasOwn(reader.json, "sliding_window") || absent === undefined ? {} : { fallback: absent };
  return reader.optionalInteger("sliding_window", { min: 1, ...fallback });
}

/**
 * Which layers slide in families where all but every n-th do: by `layer_types`, else by `sliding_window_pattern` (n),
 * else by the family's own n.
 */
export function readSlidingPattern(reader: ConfigReader, layers: number, every: number): (layer: number) => boolean {
  const types = readLayerTypes(reader, layers);
  const hidden = reader.integer("_sliding_window_pattern", { fallback: every });
  const pattern = reader.integer("sliding_window_pattern", { fallback: hidden });
  return (layer) => (types === undefined ? (layer + 1) % pattern !== 0 : types[layer] === "sliding_attention");
}

/** The windows of Qwen2 and Qwen3: none unless `use_sliding_window`, then from `max_window_layers` on or by `layer_types`. */
export function readQwenWindows(reader: ConfigReader, layers: number): (layer: number) => number | undefined {
  const uses = reader.boolean("use_sliding_window", false);
  const stated = readWindow(reader, 4096);
  const window = uses ? stated : undefined;
  const from = reader.optionalInteger("max_window_layers", { fallback: 28 }) ?? 28;
  const types = readLayerTypes(reader, layers);
  if (window === undefined && types?.includes("sliding_attention")) {
    reader.report({
      key: "layer_types",
      kind: "value",
      message: "names sliding_attention, but use_sliding_window and sliding_window give no window",
    });
  }
  const slides = (layer: number): boolean =>
    types === undefined ? layer >= from : types[layer] === "sliding_attention";
  return (layer) => (slides(layer) ? window : undefined);
}
