/**
 * How queries meet keys in one pass through a model: over whole sequences, or with new tokens over a cache. A pass is
 * the `attend` of an access; families do not know which.
 */
import { internal } from "../base/errors.ts";
import { add, concat, groupedQueryAttention, input, type Tensor } from "../tensor/index.ts";
import type { CacheSpec } from "./describe.ts";
import {
  alibiBias,
  attendHeads,
  cachedBias,
  cachedPlaces,
  causalBias,
  causalPlaces,
  splitHeads,
} from "./layers/attention.ts";
import type { Access, AttendOptions } from "./scope.ts";

type Attend = Access["attend"];

export interface CausalInputs {
  /** int32 [batch, time] */
  readonly inputIds: Tensor;
  /**
   * int32 [batch, time]. 0 is padding, 1 and up are packed sequences that do not see each other. Absent: attention is
   * causal only, which is right for rows of one sequence each with padding on the right.
   */
  readonly segments?: Tensor | undefined;
}

/** Whole sequences: a token sees itself and what is before it. */
export function causalPass({ inputIds, segments }: CausalInputs): Attend {
  const biasOf = biases(
    (window) => causalBias(inputIds.shape, { segments, window }),
    () => causalPlaces(inputIds.shape),
  );
  return (_, query, key, value, options) => {
    const pair = { key: splitHeads(key, options.headDim), value: splitHeads(value, options.headDim) };
    return attendHeads(query, pair, { ...options, bias: biasOf(options, kvHeadsOf(pair)) });
  };
}

/** Keys (rotated) and values of one attention layer: [batch, kvHeads, past, headDim]. */
export interface LayerCache {
  readonly key: Tensor;
  readonly value: Tensor;
}

function kvHeadsOf({ key }: LayerCache): number {
  return key.shape[1] as number;
}

export interface CachedInputs {
  /** int32 [batch, time]: the new tokens. */
  readonly inputIds: Tensor;
  /** int32 [batch, past + time]: 1 for tokens, 0 for padding, in the order of the cache with the new tokens last. */
  readonly mask: Tensor;
  /** By the path of the attention layer; `past` may be 0 when run. */
  readonly past: ReadonlyMap<string, LayerCache>;
}

/** New tokens see the cache and themselves; `present` fills with the grown cache of each layer that ran. */
export function cachedPass({ inputIds, mask, past }: CachedInputs): {
  readonly attend: Attend;
  readonly present: ReadonlyMap<string, LayerCache>;
} {
  const [first] = past.values();
  const pastLength = first?.key.shape[2] ?? internal("cachedPass: no cache given");
  const biasOf = biases(
    (window) => cachedBias(mask, { past: pastLength, inputIds, window }),
    () => cachedPlaces(mask, { past: pastLength, inputIds }),
  );
  const present = new Map<string, LayerCache>();
  const attend: Attend = (path, query, key, value, options: AttendOptions) => {
    const old = past.get(path) ?? internal(`no cache of ${path}`);
    const grown = {
      key: concat([old.key, splitHeads(key, options.headDim)], 2),
      value: concat([old.value, splitHeads(value, options.headDim)], 2),
    };
    present.set(path, grown);
    return attendHeads(query, grown, { ...options, bias: biasOf(options, kvHeadsOf(grown)) });
  };
  return { attend, present };
}

export interface SlotInputs {
  /** int32 [batch]: tokens of each row after this pass, less one. */
  readonly ends: Tensor;
  /** int32 []: tokens of the longest row after this pass. */
  readonly longest: Tensor;
  /** By the path of the attention layer: [batch, kvHeads, room, headDim]. */
  readonly past: ReadonlyMap<string, LayerCache>;
}

/**
 * New tokens over slots of a cache, each row at its own length; `present` is the same slots with the new tokens in
 * them, and may be written where `past` lies. Left out: distances and sinks ({@link CacheSpec.biased}).
 */
export function slotPass({ ends, longest, past }: SlotInputs): {
  readonly attend: Attend;
  readonly present: ReadonlyMap<string, LayerCache>;
} {
  const present = new Map<string, LayerCache>();
  const attend: Attend = (path, query, key, value, { headDim, scale = headDim ** -0.5, softcap = 0, window = -1 }) => {
    const old = past.get(path) ?? internal(`no cache of ${path}`);
    const heads = (x: Tensor): number => (x.shape[2] as number) / headDim;
    const [attended, keys, values] = groupedQueryAttention(
      { query, key, value, pastKey: old.key, pastValue: old.value, ends, longest },
      { heads: heads(query), kvHeads: heads(key), scale, softcap, window },
    );
    present.set(path, { key: keys, value: values });
    return attended;
  };
  return { attend, present };
}

/** The inputs that hold the cache of a model, named `past.PATH.key` and `past.PATH.value`. */
export function cacheInputs(caches: readonly CacheSpec[], prefix = "past."): ReadonlyMap<string, LayerCache> {
  return new Map(
    caches.map(({ path, kvHeads, headDim }) => {
      const leaf = (part: string): Tensor =>
        input(`${prefix}${path}.${part}`, "float32", ["batch", kvHeads, "past", headDim]);
      return [path, { key: leaf("key"), value: leaf("value") }];
    }),
  );
}

/** What a pass adds to scores, made once for all layers that agree on it. */
function biases(
  masked: (window: number | undefined) => Tensor,
  places: () => Tensor,
): (options: AttendOptions, kvHeads: number) => Tensor {
  const byWindow = once(masked);
  const byPlace = once<undefined, Tensor>(places);
  const bySlopes = once((slopes: readonly number[]) =>
    once((kvHeads: number) => alibiBias(byPlace(undefined), slopes, kvHeads)),
  );
  return ({ window, alibi }, kvHeads) =>
    alibi === undefined ? byWindow(window) : add(byWindow(window), bySlopes(alibi)(kvHeads));
}

function once<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
