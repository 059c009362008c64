/**
 * Multi-head latent attention (DeepSeek-AI 2024, section 2.1): keys and values of all heads come out of one narrow vector
 * for each token; positions turn a part of each query and one key that all heads share.
 *
 * Left out: a cache of the narrow vectors. What is kept are whole keys and values, of one width (the narrower are filled
 * up with zeros), so that any pass serves.
 */
import { concat, expand, pad, reshape, slice, type Dim, type Tensor } from "../../tensor/index.ts";
import { width, type Scope } from "../scope.ts";
import type { Norm } from "./norm.ts";
import { rotate, type RopeConfig } from "./rope.ts";

export interface LatentAttentionOptions {
  readonly heads: number;
  /** Numbers of a query and key that do not turn, that do, and numbers of a value. */
  readonly still: number;
  readonly turning: number;
  readonly valueDim: number;
  /** Width of the vector queries come from; absent: they come from the hidden state. */
  readonly queryRank?: number | undefined;
  readonly keyRank: number;
  readonly rope: RopeConfig;
  /** Of the projections from and to the hidden state. */
  readonly bias: boolean;
  readonly norm: Norm;
}

/** x [batch, time, hidden], positions int32 [batch, time] -> [batch, time, hidden] */
export function latentAttention(
  options: LatentAttentionOptions,
): (scope: Scope, x: Tensor, positions: Tensor) => Tensor {
  const { heads, still, turning, valueDim, queryRank, keyRank, rope, bias, norm } = options;
  const headDim = still + turning;
  const stored = Math.max(headDim, valueDim);
  const query = (scope: Scope, x: Tensor): Tensor =>
    queryRank === undefined
      ? scope.linear(x, "q_proj", heads * headDim)
      : scope.linear(
          norm(scope, scope.linear(x, "q_a_proj", queryRank, { bias }), "q_a_layernorm"),
          "q_b_proj",
          heads * headDim,
        );
  return (scope, x, positions) => {
    const [batch, time] = x.shape as [Dim, Dim];
    const byHead = (y: Tensor, size: number): Tensor => reshape(y, [batch, time, heads, size]);
    const flat = (y: Tensor, size: number): Tensor =>
      reshape(size === stored ? y : pad(y, 3, 0, stored - size), [batch, time, heads * stored]);
    const turn = (y: Tensor): Tensor => rotate(y, rope, { positions, headDim: turning });

    const q = byHead(query(scope, x), headDim);
    const turned = byHead(turn(reshape(slice(q, 3, still, headDim), [batch, time, heads * turning])), turning);
    const low = scope.linear(x, "kv_a_proj_with_mqa", keyRank + turning, { bias });
    const both = norm(scope, slice(low, 2, 0, keyRank), "kv_a_layernorm");
    const keyValue = byHead(scope.linear(both, "kv_b_proj", heads * (still + valueDim)), still + valueDim);
    const shared = reshape(turn(slice(low, 2, keyRank, keyRank + turning)), [batch, time, 1, turning]);
    const key = concat([slice(keyValue, 3, 0, still), expand(shared, [batch, time, heads, turning])], 3);

    const mixed = scope.attend(
      flat(concat([slice(q, 3, 0, still), turned], 3), headDim),
      flat(key, headDim),
      flat(slice(keyValue, 3, still, still + valueDim), valueDim),
      { headDim: stored, scale: headDim ** -0.5 * (rope.scoreFactor ?? 1) },
    );
    const values = slice(byHead(mixed, stored), 3, 0, valueDim);
    return scope.linear(reshape(values, [batch, time, heads * valueDim]), "o_proj", width(x.shape), { bias });
  };
}
