/** Self-attention with rotary positions and grouped key heads (Ainslie et al. 2023), as Llama and its kin write it. */
import { reshape, slice, type Dim, type Tensor } from "../../tensor/index.ts";
import { divDims } from "../../tensor/shape.ts";
import { width, type AttendOptions, type Scope } from "../scope.ts";
import type { Norm } from "./norm.ts";
import { rotate, type RopeConfig } from "./rope.ts";

export interface SelfAttentionOptions extends AttendOptions {
  readonly heads: number;
  readonly kvHeads: number;
  /** Absent: the layer does not know positions. */
  readonly rope: RopeConfig | undefined;
  readonly bias: { readonly qkv: boolean; readonly output: boolean };
  readonly queryKeyNorm?: QueryKeyNorm | undefined;
  /** Name of the scores that take part in each head's softmax and carry no value (gpt-oss). */
  readonly sinkName?: string;
  /** How queries, keys and values are projected; default q_proj, k_proj and v_proj. */
  readonly project?: Projection;
  /** Name of the output projection; default "o_proj". */
  readonly output?: string;
  readonly outputLayout?: "out,in" | "in,out";
}

/** Normalises queries and keys: each head (Qwen3) or the whole width (OLMo 2), before rotation or after it. */
export interface QueryKeyNorm {
  readonly norm: Norm;
  readonly over: "head" | "width";
  readonly names?: { readonly query: string; readonly key: string };
  readonly after?: boolean;
}

/** x [batch, time, hidden] -> queries [batch, time, heads * headDim], keys and values [batch, time, kvHeads * headDim] */
export type Projection = (scope: Scope, x: Tensor, options: SelfAttentionOptions) => readonly [Tensor, Tensor, Tensor];

const separate: Projection = (scope, x, { heads, kvHeads, headDim, bias }) => {
  const projected = (name: string, count: number): Tensor => scope.linear(x, name, count * headDim, { bias: bias.qkv });
  return [projected("q_proj", heads), projected("k_proj", kvHeads), projected("v_proj", kvHeads)];
};

/** One matrix whose outputs are all queries, then all keys, then all values. */
export function fusedProjection(name: string, layout: "out,in" | "in,out" = "out,in"): Projection {
  return (scope, x, { heads, kvHeads, headDim, bias }) => {
    const sizes = [heads, kvHeads, kvHeads].map((count) => count * headDim) as [number, number, number];
    const all = scope.linear(x, name, sizes[0] + sizes[1] + sizes[2], { bias: bias.qkv, layout });
    const starts = [0, sizes[0], sizes[0] + sizes[1]] as const;
    const part = (i: 0 | 1 | 2): Tensor => slice(all, 2, starts[i], starts[i] + sizes[i]);
    return [part(0), part(1), part(2)];
  };
}

/**
 * One matrix whose outputs are, for each key head in turn, its queries, its key and its value. With as many key heads
 * as heads: query, key and value of the first head, then of the second, and so on.
 */
export function fusedByGroup(name: string): Projection {
  return (scope, x, { heads, kvHeads, headDim, bias }) => {
    const group = heads / kvHeads;
    const all = scope.linear(x, name, (heads + 2 * kvHeads) * headDim, { bias: bias.qkv });
    const [batch, time] = all.shape as [Dim, Dim];
    const byGroup = reshape(all, [batch, time, kvHeads, (group + 2) * headDim]);
    const part = (from: number, count: number): Tensor =>
      reshape(slice(byGroup, 3, from * headDim, (from + count) * headDim), [batch, time, kvHeads * count * headDim]);
    return [part(0, group), part(group, 1), part(group + 1, 1)];
  };
}

/** x [batch, time, hidden], positions int32 [batch, time] -> [batch, time, hidden] */
export function selfAttention(scope: Scope, x: Tensor, positions: Tensor, options: SelfAttentionOptions): Tensor {
  const { headDim, rope, bias, queryKeyNorm, project = separate, output = "o_proj", outputLayout = "out,in" } = options;
  const { query: queryNorm, key: keyNorm } = queryKeyNorm?.names ?? { query: "q_norm", key: "k_norm" };
  const [q, k, v] = project(scope, x, options);
  const placed = (projection: Tensor, name: string): Tensor => {
    const normed = (y: Tensor): Tensor =>
      queryKeyNorm === undefined ? y : normalise(scope, y, name, queryKeyNorm, headDim);
    const turned = (y: Tensor): Tensor => (rope === undefined ? y : rotate(y, rope, { positions, headDim }));
    return queryKeyNorm?.after === true ? normed(turned(projection)) : turned(normed(projection));
  };
  const sinks = options.sinkName === undefined ? undefined : scope.weight(options.sinkName, [options.heads]);
  const mixed = scope.attend(placed(q, queryNorm), placed(k, keyNorm), v, { ...options, sinks });
  return scope.linear(mixed, output, width(x.shape), { bias: bias.output, layout: outputLayout });
}

function normalise(scope: Scope, x: Tensor, name: string, { norm, over }: QueryKeyNorm, headDim: number): Tensor {
  if (over === "width") return norm(scope, x, name);
  const [batch, time, size] = x.shape as [Dim, Dim, Dim];
  const heads = reshape(x, [batch, time, divDims(size, headDim) as Dim, headDim]);
  return reshape(norm(scope, heads, name), x.shape);
}
