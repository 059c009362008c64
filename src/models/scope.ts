/**
 * How a graph asks for its tensors. A block is written once against a {@link Scope}; what a weight is (frozen, trained,
 * quantized), what a linear layer does besides (an adapter) and how queries meet keys (masks, caches) is decided by
 * whoever makes the {@link Access} behind it. Names and shapes of a checkpoint come from one trace (describe.ts).
 */
import type { Dim, Shape, Tensor } from "../tensor/index.ts";

/** A tensor of a checkpoint. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Stored with the model and never trained: what transformers calls a buffer. */
  readonly fixed?: boolean;
}

/** A matrix multiplication of the model: y = x Wᵀ (+ bias). */
export interface LinearModule {
  /** For example "model.layers.0.self_attn.q_proj". */
  readonly path: string;
  readonly inSize: number;
  readonly outSize: number;
  /** Name of the stored matrix; another module's where weights are tied. */
  readonly weight: string;
  readonly bias: string | undefined;
  /** How the matrix is stored: "out,in" as torch's Linear, "in,out" as the Conv1D of GPT-2. */
  readonly layout: "out,in" | "in,out";
}

export interface AttendOptions {
  readonly headDim: number;
  /** How many tokens back a token sees, itself included; all by default. */
  readonly window?: number | undefined;
  /** Factor of scores; default headDim^-0.5. */
  readonly scale?: number | undefined;
  /** Scores become cap * tanh(score / cap) (Gemma 2). */
  readonly softcap?: number | undefined;
  /** For each head, how much a score falls with each token of distance (ALiBi, Press et al. 2022). */
  readonly alibi?: readonly number[] | undefined;
  /** [heads]: a score for each head that takes part in the softmax and carries no value (gpt-oss). */
  readonly sinks?: Tensor | undefined;
}

/** Tensors by their whole names: what a scope stands on, and what an {@link Interceptor} wraps. */
export interface Access {
  readonly weight: (spec: ParameterSpec) => Tensor;
  /** x [..., in] -> [..., out] */
  readonly linear: (x: Tensor, module: LinearModule) => Tensor;
  /** The matrix [out, in] that `linear` multiplies by, adapters included: for losses that never hold all logits. */
  readonly matrix: (module: LinearModule) => Tensor;
  /** A value by its name, to look at or to replace. */
  readonly tap: (path: string, x: Tensor) => Tensor;
  /** query [batch, time, heads * headDim], key and value [batch, time, kvHeads * headDim] -> like query */
  readonly attend: (path: string, query: Tensor, key: Tensor, value: Tensor, options: AttendOptions) => Tensor;
}

/** LoRA and its kin, quantized bases, masks, captures: a wrapper of the access. */
export type Interceptor = (inner: Access) => Access;

export interface LinearOptions {
  readonly bias?: boolean | undefined;
  readonly layout?: LinearModule["layout"];
}

/** An {@link Access} below one path. */
export interface Scope {
  readonly path: string;
  readonly at: (name: string) => Scope;
  readonly weight: (name: string, shape: readonly number[], options?: { readonly fixed?: boolean }) => Tensor;
  readonly linear: (x: Tensor, name: string, outSize: number, options?: LinearOptions) => Tensor;
  readonly tap: (name: string, x: Tensor) => Tensor;
  readonly attend: (query: Tensor, key: Tensor, value: Tensor, options: AttendOptions) => Tensor;
}

export function createScope(access: Access, path = ""): Scope {
  const join = (name: string): string => (path === "" ? name : `${path}.${name}`);
  return {
    path,
    at: (name) => createScope(access, join(name)),
    weight: (name, shape, options = {}) => access.weight({ name: join(name), shape, ...options }),
    linear: (x, name, outSize, { bias = false, layout = "out,in" } = {}) =>
      access.linear(x, {
        path: join(name),
        inSize: width(x.shape),
        outSize,
        weight: `${join(name)}.weight`,
        bias: bias ? `${join(name)}.bias` : undefined,
        layout,
      }),
    tap: (name, x) => access.tap(join(name), x),
    attend: (query, key, value, options) => access.attend(path, query, key, value, options),
  };
}

/** Size of the last axis, which models know when they are built. */
export function width(shape: Shape): number {
  return (shape as readonly Dim[]).at(-1) as number;
}
