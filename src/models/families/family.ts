/** What a model family is: names to find it by, and one function from config.json to the decoder's properties. */
import type { ConfigReader } from "../config-reader.ts";
import type { DecoderConfig } from "../decoder-config.ts";
import { readRope } from "../rope.ts";

export interface Family {
  /** `model_type` of config.json. */
  readonly modelType: string;
  /** Classes of transformers whose checkpoints it reads. */
  readonly architectures: readonly string[];
  /** Reads the keys of the family; what is wrong goes to the reader, which reports all at once. */
  readonly read: (reader: ConfigReader) => DecoderConfig;
}

/** What transformers assumes for keys that a config.json leaves out. */
export interface FamilyDefaults {
  readonly modelType: string;
  /** Absent: as many as heads. */
  readonly kvHeads?: number;
  readonly maxPositions: number;
  readonly rmsNormEpsilon: number;
  readonly bosTokenId?: number;
  readonly eosTokenIds: readonly number[];
}

type Common = Omit<DecoderConfig, "attentionBias" | "mlpBias" | "slidingWindow">;

const LAYERS_LIMIT = 1024;

/** The keys all decoders of this kind have. */
export function readCommon(reader: ConfigReader, defaults: FamilyDefaults): Common {
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
  const headDim = reader.integer("head_dim", { fallback: Math.floor(hiddenSize / heads) });
  if (headDim % 2 !== 0) {
    reader.report({ key: "head_dim", kind: "value", message: `is ${headDim}, rotary embedding wants it even` });
  }
  const activation = reader.take("hidden_act") ?? "silu";
  if (activation !== "silu" && activation !== "swish") {
    reader.report({
      key: "hidden_act",
      kind: "unsupported",
      message: `is ${JSON.stringify(activation)}; supported are silu, swish`,
    });
  }
  const maxPositions = reader.integer("max_position_embeddings", { fallback: defaults.maxPositions });
  const bos = reader.ids("bos_token_id", defaults.bosTokenId === undefined ? [] : [defaults.bosTokenId]);
  return {
    modelType: defaults.modelType,
    vocabSize: reader.integer("vocab_size"),
    hiddenSize,
    intermediateSize: reader.integer("intermediate_size"),
    layers: reader.integer("num_hidden_layers", { max: LAYERS_LIMIT }),
    heads,
    kvHeads,
    headDim,
    rmsNormEpsilon: reader.number("rms_norm_eps", { fallback: defaults.rmsNormEpsilon, max: 1 }),
    rope: readRope(reader, { headDim, maxPositions }),
    tied: reader.boolean("tie_word_embeddings", false),
    maxPositions,
    activation: "silu",
    bosTokenId: bos[0],
    eosTokenIds: reader.ids("eos_token_id", defaults.eosTokenIds),
    padTokenId: reader.ids("pad_token_id", [])[0],
  };
}

/** One window for every layer. */
export function uniformWindow(layers: number, window: number | undefined): readonly (number | undefined)[] {
  return Array.from({ length: layers }, () => window);
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
