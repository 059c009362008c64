/**
 * Grouped-query attention (Ainslie et al. 2023) and its masks, without repeating keys and values: the queries
 * of a group are stacked along time and meet their one key head in a single product.
 *
 * A mask is an additive bias, computed once for a program. Every row lets a token see at least itself, so that
 * softmax never meets a row of nothing (padding rows hold garbage, not NaN).
 */
import {
  add,
  and,
  cast,
  constant,
  cos,
  dimension,
  equal,
  greater,
  lessOrEqual,
  matmul,
  mul,
  or,
  range,
  reshape,
  sin,
  softmax,
  sub,
  transpose,
  unsqueeze,
  where,
  type Dim,
  type Shape,
  type Tensor,
} from "../tensor/index.ts";
import { divDims, mulDims } from "../tensor/shape.ts";
import type { RopeConfig } from "./decoder-config.ts";

/** Low enough to vanish in softmax, far from overflow when scores are added. */
const MASKED = -1e30;

export interface Angles {
  /** [batch, time, headDim/2] */
  readonly cosines: Tensor;
  readonly sines: Tensor;
}

/** Cosines and sines of every token's angles; positions int32 [batch, time]. */
export function rotaryAngles(rope: RopeConfig, positions: Tensor): Angles {
  const frequencies = constant(rope.inverseFrequencies, "float32", [rope.inverseFrequencies.length]);
  const angles = mul(unsqueeze(cast(positions, "float32"), [2]), frequencies);
  const scaled = (x: Tensor): Tensor => (rope.attentionFactor === 1 ? x : mul(x, rope.attentionFactor));
  return { cosines: scaled(cos(angles)), sines: scaled(sin(angles)) };
}

/** [batch, time, heads*headDim] -> [batch, heads, time, headDim] */
export function splitHeads(x: Tensor, headDim: number): Tensor {
  const [batch, time, width] = x.shape as [Dim, Dim, Dim];
  return transpose(reshape(x, [batch, time, divDims(width, headDim) as Dim, headDim]), [0, 2, 1, 3]);
}

interface AttendOptions {
  /** Additive, broadcastable to [batch, kvHeads, group, queries, keys]. */
  readonly bias: Tensor;
  readonly headDim: number;
}

/** query [batch, queries, heads*headDim], key and value [batch, kvHeads, keys, headDim] -> [batch, queries, heads*headDim] */
export function attend(
  query: Tensor,
  { key, value }: { readonly key: Tensor; readonly value: Tensor },
  { bias, headDim }: AttendOptions,
): Tensor {
  const [batch, queries, width] = query.shape as [Dim, Dim, number];
  const [, kvHeads, keys] = key.shape as [Dim, number, Dim];
  const heads = width / headDim;
  const group = heads / kvHeads;
  const stacked = reshape(splitHeads(query, headDim), [batch, kvHeads, mulDims(group, queries), headDim]);
  const scores = matmul(stacked, key, { transB: true, alpha: headDim ** -0.5 }); // [batch, kvHeads, group*queries, keys]
  const grouped = add(reshape(scores, [batch, kvHeads, group, queries, keys]), bias);
  const weights = reshape(softmax(grouped), scores.shape);
  const mixed = reshape(matmul(weights, value), [batch, heads, queries, headDim]);
  return reshape(transpose(mixed, [0, 2, 1, 3]), [batch, queries, width]);
}

interface CausalOptions {
  readonly segments?: Tensor | undefined;
  readonly window?: number | undefined;
}

/**
 * Bias for whole sequences of shape [batch, time]: token i sees j when j <= i, i - j < window and both are of
 * one segment. [batch, 1, 1, time, time], batch 1 without segments.
 */
export function causalBias(shape: Shape, { segments, window }: CausalOptions): Tensor {
  const time = shape[1] as Dim;
  const at = cast(range(time), "int32");
  const reach = within(reshape(at, [time, 1]), reshape(at, [1, time]), window); // [time, time]
  if (segments === undefined) return toBias(unsqueeze(reach, [0]));
  const same = equal(unsqueeze(segments, [2]), unsqueeze(segments, [1])); // [batch, time, time]
  return toBias(and(same, reach));
}

interface CachedOptions {
  readonly past: Dim;
  readonly inputIds: Tensor;
  readonly window?: number | undefined;
}

/**
 * Bias for new tokens over cache and themselves: mask int32 [batch, past+time] names the tokens that count.
 * [batch, 1, 1, time, past+time]. Distance is counted in places of the cache, which padding on the left keeps.
 */
export function cachedBias(mask: Tensor, { past, inputIds, window }: CachedOptions): Tensor {
  const time = inputIds.shape[1] as Dim;
  const keys = mask.shape[1] as Dim;
  const keyAt = reshape(cast(range(keys), "int32"), [1, keys]);
  // The new tokens are the last of the keys.
  const queryAt = add(reshape(cast(range(time), "int32"), [time, 1]), dimension(past, "int32"));
  const real = unsqueeze(greater(mask, 0), [1]); // [batch, 1, keys]
  const seen = and(real, within(queryAt, keyAt, window));
  return toBias(or(seen, equal(queryAt, keyAt)));
}

/** keyAt <= queryAt and queryAt - keyAt < window */
function within(queryAt: Tensor, keyAt: Tensor, window: number | undefined): Tensor {
  const causal = lessOrEqual(keyAt, queryAt);
  return window === undefined ? causal : and(causal, greater(keyAt, sub(queryAt, window)));
}

/** allowed [batch, queries, keys] -> [batch, 1, 1, queries, keys] */
function toBias(allowed: Tensor): Tensor {
  return unsqueeze(where(allowed, 0, MASKED), [1, 2]);
}
