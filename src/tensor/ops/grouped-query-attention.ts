/**
 * Attention of new tokens over a cache of which each row has its own length (Ainslie et al. 2023 for the groups), by
 * the engine's GroupQueryAttention. Feed one array as past and as present, and the new keys and values are written
 * into it in place: rows of 5 and of 3,000 tokens share a batch without padding.
 *
 * query [batch, time, heads*headDim]; key, value [batch, time, kvHeads*headDim]; past keys and values
 * [batch, kvHeads, room, headDim]; ends int32 [batch]: how many tokens a row has after this call, less one; longest
 * int32 []: the largest of these numbers, plus one. Token i of the new ones sees all before it and itself. What lies in
 * the cache beyond a row's tokens is not defined. Several new tokens over a past need a batch of 1. No gradient.
 */
import { fail } from "../../base/errors.ts";
import type { DenseArray, OpRule } from "../rule.ts";
import { formatShape, mulDims, type Dim } from "../shape.ts";
import { dense, only, requireFloat } from "./elementwise.ts";

export interface GroupedQueryAttributes {
  readonly heads: number;
  readonly kvHeads: number;
  /** What products of queries and keys are multiplied by. */
  readonly scale: number;
  /** Bound of the scores by c tanh(s / c); 0 for none. */
  readonly softcap: number;
  /** How many tokens back a token sees, itself included; -1 for all. */
  readonly window: number;
}

export const groupedQueryAttention: OpRule<GroupedQueryAttributes> = {
  infer: (inputs, { heads, kvHeads }) => {
    const [query, key, past, ends] = [only(inputs, 0), only(inputs, 1), only(inputs, 3), only(inputs, 5)];
    const headDim = past.shape[3] as Dim;
    const fits =
      past.shape.length === 4 &&
      past.shape[1] === kvHeads &&
      heads % kvHeads === 0 &&
      query.shape[2] === mulDims(heads, headDim) &&
      key.shape[2] === mulDims(kvHeads, headDim) &&
      ends.dtype === "int32" &&
      only(inputs, 6).dtype === "int32";
    if (!fits) {
      fail("E_TENSOR_SHAPE", {
        what: `groupedQueryAttention: queries ${formatShape(query.shape)} of ${heads} heads, keys ${formatShape(key.shape)} and a cache ${formatShape(past.shape)} do not fit.`,
      });
    }
    const cache = { dtype: past.dtype, shape: past.shape };
    return [requireFloat("groupedQueryAttention", query), cache, cache];
  },
  emit: (emitter, names, { attributes: { heads, kvHeads, scale, softcap, window } }) =>
    emitter.node(
      "GroupQueryAttention",
      names,
      {
        num_heads: heads,
        kv_num_heads: kvHeads,
        scale: { float: scale },
        softcap: { float: softcap },
        local_window_size: window,
      },
      { domain: "com.microsoft", outputs: 3 },
    ),
  reference: (inputs, { attributes: { heads, kvHeads, scale, softcap, window } }) => {
    const [query, key, value] = [dense(inputs, 0), dense(inputs, 1), dense(inputs, 2)];
    const [pastKey, pastValue, ends] = [dense(inputs, 3), dense(inputs, 4), dense(inputs, 5)];
    const [batch, time] = query.shape as readonly [number, number];
    const [, , room, headDim] = pastKey.shape as readonly [number, number, number, number];
    const grow = (past: DenseArray, fresh: DenseArray): DenseArray => {
      const data = new Float64Array(past.data.length);
      for (let b = 0; b < batch; b++) {
        const known = (ends.data[b] as number) + 1 - time;
        for (let h = 0; h < kvHeads; h++) {
          const start = (b * kvHeads + h) * room * headDim;
          data.set(past.data.subarray(start, start + known * headDim), start);
          for (let i = 0; i < time; i++) {
            const from = ((b * time + i) * kvHeads + h) * headDim;
            data.set(fresh.data.subarray(from, from + headDim), start + (known + i) * headDim);
          }
        }
      }
      return { shape: past.shape, data };
    };
    const [keys, values] = [grow(pastKey, key), grow(pastValue, value)];
    const data = new Float64Array(query.data.length);
    for (let b = 0; b < batch; b++) {
      for (let i = 0; i < time; i++) {
        for (let h = 0; h < heads; h++) {
          const last = (ends.data[b] as number) + 1 - time + i;
          const first = window < 0 ? 0 : Math.max(0, last + 1 - window);
          const cache = (b * kvHeads + Math.floor((h * kvHeads) / heads)) * room * headDim;
          const from = ((b * time + i) * heads + h) * headDim;
          const scores = Array.from({ length: last + 1 - first }, (_, k) => {
            let sum = 0;
            for (let d = 0; d < headDim; d++) {
              sum += (query.data[from + d] as number) * (keys.data[cache + (first + k) * headDim + d] as number);
            }
            return softcap === 0 ? sum * scale : softcap * Math.tanh((sum * scale) / softcap);
          });
          const top = Math.max(...scores);
          const total = scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
          for (const [k, score] of scores.entries()) {
            const weight = Math.exp(score - top) / total;
            for (let d = 0; d < headDim; d++) {
              data[from + d] =
                (data[from + d] as number) + weight * (values.data[cache + (first + k) * headDim + d] as number);
            }
          }
        }
      }
    }
    return [{ shape: query.shape, data }, keys, values];
  },
  cases: [
    {
      inputs: [
        { shape: [2, 1, 32] },
        { shape: [2, 1, 16] },
        { shape: [2, 1, 16] },
        { shape: [2, 2, 6, 8] },
        { shape: [2, 2, 6, 8] },
        { shape: [2], values: [1, 4], dtype: "int32" },
        { shape: [], values: [5], dtype: "int32" },
      ],
      attributes: { heads: 4, kvHeads: 2, scale: 0.4, softcap: 0, window: -1 },
    },
    {
      inputs: [
        { shape: [1, 3, 16] },
        { shape: [1, 3, 8] },
        { shape: [1, 3, 8] },
        { shape: [1, 1, 7, 8] },
        { shape: [1, 1, 7, 8] },
        { shape: [1], values: [5], dtype: "int32" },
        { shape: [], values: [6], dtype: "int32" },
      ],
      attributes: { heads: 2, kvHeads: 1, scale: 0.3, softcap: 5, window: 2 },
    },
  ],
};
