/**
 * Rotary position embedding of config.json, worked out into frequencies. Reads the older keys (`rope_theta`,
 * `rope_scaling`) and the newer `rope_parameters` alike, as transformers 5 does.
 *
 * Su et al. 2021 (default), Chen et al. 2023 (linear), Llama 3.1 (llama3), Peng et al. 2023 (yarn), Ding et al. 2024
 * (longrope). "dynamic" stretches only what is longer than the model's own length, which is refused elsewhere; with
 * `alpha` (Hunyuan) it stretches the base for good.
 */
import { createConfigReader, isJsonObject, showValue, type ConfigReader, type JsonObject } from "../config-reader.ts";
import type { RopeConfig } from "../layers/rope.ts";

interface RopeShape {
  readonly theta: number;
  /** How many numbers of a head turn. */
  readonly headDim: number;
  readonly maxPositions: number;
  /** `original_max_position_embeddings` beside the rope's own keys, which wins. */
  readonly originalPositions?: number | undefined;
}

export interface ReadRopeOptions {
  /** Numbers of a head. */
  readonly headDim: number;
  readonly maxPositions: number;
  /** Default 10,000. */
  readonly theta?: number;
  /** Default "rope_theta". */
  readonly thetaKey?: string;
  /** Share of each head that turns, where the family has `partial_rotary_factor` (or another key) and leaves it out. */
  readonly share?: number;
  readonly shareKey?: string;
  /** How many numbers of a head turn, where the config states it (GPT-J's rotary_dim). */
  readonly turning?: number;
  readonly interleaved?: boolean;
  readonly originalPositions?: number | undefined;
  /** Families whose layer types differ in rotary embedding: parameters of this type alone. */
  readonly layerType?: string;
}

interface Frequencies {
  readonly inverse: readonly number[];
  readonly attentionFactor: number;
  readonly scoreFactor?: number;
  readonly long?: { readonly inverse: readonly number[]; readonly beyond: number };
}

const DEFAULT_THETA = 10000;
const SHARE = "partial_rotary_factor";

function readShare(reader: ConfigReader, key: string, fallback: number): number {
  return reader.number(key, { fallback, max: 1 });
}

/** theta^(-2i/d) for each pair i of a head. */
function plain({ theta, headDim }: RopeShape): readonly number[] {
  return Array.from({ length: headDim / 2 }, (_, i) => theta ** (-(2 * i) / headDim));
}

/** How each supported type computes its frequencies from the keys it takes. */
const ropeTypes: Readonly<Record<string, (reader: ConfigReader, shape: RopeShape) => Frequencies>> = {
  default: (_, shape) => ({ inverse: plain(shape), attentionFactor: 1 }),

  linear: (reader, shape) => {
    const factor = reader.number("factor", { min: 1e-6 });
    return { inverse: plain(shape).map((f) => f / factor), attentionFactor: 1 };
  },

  dynamic: (reader, shape) => {
    reader.number("factor", { fallback: 1, min: 1e-6 });
    const alpha = reader.number("alpha", { fallback: 0 });
    // Hunyuan's config.json carries YaRN's keys, too, which do nothing there.
    for (const key of ["beta_fast", "beta_slow", "mscale", "mscale_all_dim"]) if (alpha !== 0) reader.take(key);
    const stretch = alpha === 0 ? 1 : alpha ** (shape.headDim / (shape.headDim - 2));
    return { inverse: plain({ ...shape, theta: shape.theta * stretch }), attentionFactor: 1 };
  },

  longrope: (reader, shape) => {
    const context = shape.originalPositions ?? reader.integer("original_max_position_embeddings");
    reader.take("original_max_position_embeddings");
    const factor = reader.number("factor", { fallback: shape.maxPositions / context, min: 1e-6 });
    const suggested = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(context));
    const divided = (key: string): readonly number[] => {
      const factors = readFactors(reader, key, shape.headDim / 2);
      return plain(shape).map((frequency, i) => frequency / (factors[i] as number));
    };
    return {
      inverse: divided("short_factor"),
      long: { inverse: divided("long_factor"), beyond: context },
      attentionFactor: reader.number("attention_factor", { fallback: suggested }),
    };
  },

  // Long wavelengths are stretched by `factor`, short ones kept, those between blended.
  llama3: (reader, shape) => {
    const factor = reader.number("factor", { min: 1e-6 });
    const low = reader.number("low_freq_factor", { min: 1e-6 });
    const high = reader.number("high_freq_factor", { min: 1e-6 });
    const context = reader.integer("original_max_position_embeddings", { fallback: shape.maxPositions });
    const inverse = plain(shape).map((f) => {
      const wavelength = (2 * Math.PI) / f;
      if (wavelength < context / high) return f;
      if (wavelength > context / low) return f / factor;
      const smooth = (context / wavelength - low) / (high - low);
      return ((1 - smooth) * f) / factor + smooth * f;
    });
    return { inverse, attentionFactor: 1 };
  },

  yarn: (reader, shape) => {
    const context = reader.integer("original_max_position_embeddings", { fallback: shape.maxPositions });
    const factor = reader.number("factor", { min: 1e-6, fallback: shape.maxPositions / context });
    const fast = reader.number("beta_fast", { fallback: 32, min: 1e-6 });
    const slow = reader.number("beta_slow", { fallback: 1, min: 1e-6 });
    const truncate = reader.boolean("truncate", true);
    const mscale = reader.number("mscale", { fallback: 0 });
    const mscaleAll = reader.number("mscale_all_dim", { fallback: 0 });
    const magnitude = (m: number): number => (factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1);
    const byScale = mscale !== 0 && mscaleAll !== 0 ? magnitude(mscale) / magnitude(mscaleAll) : magnitude(1);
    return {
      inverse: yarnFrequencies(shape, { factor, context, fast, slow, truncate }),
      attentionFactor: reader.number("attention_factor", { fallback: byScale }),
      ...(mscaleAll === 0 ? {} : { scoreFactor: magnitude(mscaleAll) ** 2 }),
    };
  },
};

/** One positive number for each pair. */
function readFactors(reader: ConfigReader, key: string, pairs: number): readonly number[] {
  const value = reader.take(key);
  const fits =
    Array.isArray(value) && value.length === pairs && value.every((factor) => typeof factor === "number" && factor > 0);
  if (fits) return value as readonly number[];
  reader.report({ key, kind: "value", message: `is ${showValue(value)}, wants a list of ${pairs} positive numbers` });
  return Array.from({ length: pairs }, () => 1);
}

interface YarnKeys {
  readonly factor: number;
  readonly context: number;
  readonly fast: number;
  readonly slow: number;
  readonly truncate: boolean;
}

/** Between the dimensions that turn `fast` and `slow` times within the context, extrapolation fades to interpolation. */
function yarnFrequencies(shape: RopeShape, { factor, context, fast, slow, truncate }: YarnKeys): readonly number[] {
  const { theta, headDim } = shape;
  const dimensionOf = (rotations: number): number =>
    (headDim * Math.log(context / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const round = (value: number, how: (v: number) => number): number => (truncate ? how(value) : value);
  const low = Math.max(round(dimensionOf(fast), Math.floor), 0);
  const high = Math.min(round(dimensionOf(slow), Math.ceil), headDim - 1);
  const width = low === high ? 0.001 : high - low;
  return plain(shape).map((f, i) => {
    const ramp = Math.min(Math.max((i - low) / width, 0), 1);
    return (f / factor) * ramp + f * (1 - ramp);
  });
}

/** Reads every rope key of a config; problems go to the reader. */
export function readRope(reader: ConfigReader, options: ReadRopeOptions): RopeConfig {
  const {
    headDim,
    maxPositions,
    theta: defaultTheta = DEFAULT_THETA,
    thetaKey = "rope_theta",
    share,
    layerType,
  } = options;
  const outerTheta = reader.number(thetaKey, { fallback: defaultTheta, min: 1 });
  const outerShare = share === undefined ? 1 : readShare(reader, options.shareKey ?? SHARE, share);
  const all = reader.object("rope_parameters");
  const own = layerType === undefined ? undefined : all?.[layerType];
  const parameters = isJsonObject(own) ? own : all;
  const older = (layerType === undefined ? reader.object("rope_scaling") : undefined) ?? {};
  const scaling = Object.keys(older).length > 0 ? older : (parameters ?? {});
  const key = scaling === parameters ? "rope_parameters" : "rope_scaling";

  const inner = createConfigReader(scaling, `${key}.`);
  const legacyType = inner.take("type");
  const type = inner.take("rope_type") ?? legacyType ?? "default";
  const theta = inner.number("rope_theta", { fallback: outerTheta, min: 1 });
  const shared = Math.floor(headDim * (share === undefined ? 1 : readShare(inner, SHARE, outerShare)));
  const turning = options.turning ?? shared;
  const compute = typeof type === "string" && Object.hasOwn(ropeTypes, type) ? ropeTypes[type] : undefined;
  const frequencies = compute?.(inner, {
    headDim: turning,
    maxPositions,
    theta,
    originalPositions: options.originalPositions,
  });
  if (frequencies === undefined) {
    const known = Object.keys(ropeTypes).join(", ");
    inner.report({
      key: "rope_type",
      kind: "unsupported",
      message: `is ${showValue(type)}; supported are ${known}`,
    });
  } else {
    reportUnread(inner, scaling);
  }
  for (const problem of inner.problems) reader.report(problem);
  return {
    type: String(type),
    theta,
    inverseFrequencies: (frequencies?.inverse ?? []).map(Math.fround),
    attentionFactor: frequencies?.attentionFactor ?? 1,
    ...(frequencies?.long === undefined
      ? {}
      : { long: { ...frequencies.long, inverseFrequencies: frequencies.long.inverse.map(Math.fround) } }),
    ...(frequencies?.scoreFactor === undefined ? {} : { scoreFactor: frequencies.scoreFactor }),
    ...(options.interleaved === true ? { interleaved: true } : {}),
  };
}

/** Keys that belong to another type do nothing in transformers; keys of no type may do anything. */
const foreign: ReadonlySet<string> = new Set(["original_max_position_embeddings", "factor", "finetuned"]);

function reportUnread(inner: ConfigReader, scaling: JsonObject): void {
  for (const [key, value] of Object.entries(scaling)) {
    if (inner.isRead(key) || value === null || foreign.has(key)) continue;
    if (key === "partial_rotary_factor" && value === 1) continue;
    const message = isJsonObject(value)
      ? "holds parameters of one layer type; layers that differ in rotary embedding are not supported"
      : `is ${showValue(value)}, which is not supported`;
    inner.report({ key, kind: "unsupported", message });
  }
}
