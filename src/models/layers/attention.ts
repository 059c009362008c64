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
  concat,
  constant,
  dimension,
  equal,
  expand,
  greater,
  lessOrEqual,
  matmul,
  mul,
  or,
  range,
  reshape,
  slice,
  softmax,
  sub,
  tanh,
  transpose,
  unsqueeze,
  where,
  type Dim,
  type Shape,
  type Tensor,
} from "../../tensor/index.ts";
import { divDims, mulDims } from "../../tensor/shape.ts";
import type { AttendOptions } from "../scope.ts";

/** Low enough to vanish in softmax, far from overflow when scores are added. */
const MASKED = -1e30;

/** [batch, time, heads*headDim] -> [batch, heads, time, headDim] */
export function splitHeads(x: Tensor, headDim: number): Tensor {
  const [batch, time, width] = x.shape as [Dim, Dim, Dim];
  return transpose(reshape(x, [batch, time, divDims(width, headDim) as Dim, headDim]), [0, 2, 1, 3]);
}

export interface AttendHeadsOptions extends AttendOptions {
  /** Additive, broadcastable to [batch, kvHeads, group, queries, keys]. */
  readonly bias: Tensor;
}

/** query [batch, queries, heads*headDim], key and value [batch, kvHeads, keys, headDim] -> [batch, queries, heads*headDim] */
export function attendHeads(
  query: Tensor,
  { key, value }: { readonly key: Tensor; readonly value: Tensor },
  { bias, headDim, scale = headDim ** -0.5, softcap, sinks }: AttendHeadsOptions,
): Tensor {
  const [batch, queries, width] = query.shape as [Dim, Dim, number];
  const [, kvHeads, keys] = key.shape as [Dim, number, Dim];
  const heads = width / headDim;
  const group = heads / kvHeads;
  const stacked = reshape(splitHeads(query, headDim), [batch, kvHeads, mulDims(group, queries), headDim]);
  const scores = matmul(stacked, key, { transB: true, alpha: scale }); // [batch, kvHeads, group*queries, keys]
  const capped = softcap === undefined ? scores : mul(tanh(mul(scores, 1 / softcap)), softcap);
  const grouped = add(reshape(capped, [batch, kvHeads, group, queries, keys]), bias);
  const weights = reshape(sinks === undefined ? softmax(grouped) : softmaxWithSinks(grouped, sinks), scores.shape);
  const mixed = reshape(matmul(weights, value), [batch, heads, queries, headDim]);
  return reshape(transpose(mixed, [0, 2, 1, 3]), [batch, queries, width]);
}

/** scores [batch, kvHeads, group, queries, keys], sinks [kvHeads * group] -> weights that sum up to less than one. */
function softmaxWithSinks(scores: Tensor, sinks: Tensor): Tensor {
  const [batch, kvHeads, group, queries, keys] = scores.shape as [Dim, number, number, Dim, Dim];
  const column = expand(reshape(sinks, [1, kvHeads, group, 1, 1]), [batch, kvHeads, group, queries, 1]);
  // The sink comes first, so that what is cut off has a known size.
  return slice(softmax(concat([column, scores], 4)), 4, 1, undefined, keys);
}

/**
 * ALiBi: each head adds slope * (place of key - place of query). places int32 [queries, keys] of that difference ->
 * [1, kvHeads, group, queries, keys]
 */
export function alibiBias(places: Tensor, slopes: readonly number[], kvHeads: number): Tensor {
  const bySlope = constant(slopes, "float32", [1, kvHeads, slopes.length / kvHeads, 1, 1]);
  return mul(bySlope, cast(places, "float32"));
}

/** Key place minus query place for whole sequences: [time, time]. */
export function causalPlaces(shape: Shape): Tensor {
  const time = shape[1] as Dim;
  const at = cast(range(time), "int32");
  return sub(reshape(at, [1, time]), reshape(at, [time, 1]));
}

/** Key place minus query place for new tokens over a cache: [time, past+time]. */
export function cachedPlaces(mask: Tensor, { past, inputIds }: CachedOptions): Tensor {
  const { keyAt, queryAt } = cachedAt(mask, { past, inputIds });
  return sub(keyAt, queryAt);
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
  const { keyAt, queryAt } = cachedAt(mask, { past, inputIds });
  const real = unsqueeze(greater(mask, 0), [1]); // [batch, 1, keys]
  const seen = and(real, within(queryAt, keyAt, window));
  return toBias(or(seen, equal(queryAt, keyAt)));
}

/** Places of keys [1, past+time] and of new tokens [time, 1], which are the last of the keys. */
function cachedAt(
  mask: Tensor,
  { past, inputIds }: CachedOptions,
): { readonly keyAt: Tensor; readonly queryAt: Tensor } {
  const time = inputIds.shape[1] as Dim;
  const keys = mask.shape[1] as Dim;
  return {
    keyAt: reshape(cast(range(keys), "int32"), [1, keys]),
    queryAt: add(reshape(cast(range(time), "int32"), [time, 1]), dimension(past, "int32")),
  };
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
