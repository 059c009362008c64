/**
 * Layers as Llama builds them and the ways in which its many relatives differ, as options. Touvron et al. 2023.
 *
 * Layer i, pre-normalised: h += attention(norm(h)), h += mlp(norm(h)). Where norms stand, and what they are called, is
 * an option; so is a parallel layer, in which attention and MLP see the same normalised input.
 */
import { add, mul, type Tensor } from "../../tensor/index.ts";
import { decoder, type DecoderParts } from "../layers/decoder.ts";
import type { Mlp } from "../layers/mlp.ts";
import { selfAttention, type SelfAttentionOptions } from "../layers/self-attention.ts";
import type { Model } from "../model.ts";
import type { Scope } from "../scope.ts";

/** Names of a layer's norms; an absent one is not there. */
export interface LayerNorms {
  readonly beforeAttention?: string;
  readonly afterAttention?: string;
  readonly beforeMlp?: string;
  readonly afterMlp?: string;
}

const preNorms: LayerNorms = { beforeAttention: "input_layernorm", beforeMlp: "post_attention_layernorm" };

/** Another attention than that of self-attention.ts: x [batch, time, hidden] -> the same shape. */
export type Attention = (scope: Scope, x: Tensor, positions: Tensor) => Tensor;

export interface LlamaLike extends Omit<DecoderParts, "layer"> {
  readonly attention: (layer: number) => SelfAttentionOptions | Attention;
  readonly mlp: Mlp;
  /** The MLP of layers that have another one. */
  readonly otherMlp?: (layer: number) => Mlp | undefined;
  /** Where attention and MLP lie in a layer; default "self_attn" and "mlp", "" is the layer itself. */
  readonly places?: { readonly attention: string; readonly mlp: string };
  readonly norms?: LayerNorms;
  /** Attention and MLP both read the layer's input; without a norm of its own, the MLP shares that of attention. */
  readonly parallel?: boolean;
  /** Multiplies what a branch adds (Granite, MiniCPM). */
  readonly residualScale?: number | undefined;
}

export function llamaLike(options: LlamaLike): Model {
  const { attention, mlp, norm, norms = preNorms, parallel = false, residualScale } = options;
  const { places = { attention: "self_attn", mlp: "mlp" } } = options;
  const within = (scope: Scope, name: string): Scope => (name === "" ? scope : scope.at(name));
  const normed = (scope: Scope, x: Tensor, name: string | undefined): Tensor =>
    name === undefined ? x : norm(scope, x, name);
  const scaled = (x: Tensor): Tensor => (residualScale === undefined ? x : mul(x, residualScale));
  return decoder({
    ...options,
    layer: (index) => {
      const stated = attention(index);
      const attend: Attention =
        typeof stated === "function" ? stated : (scope, x, positions) => selfAttention(scope, x, positions, stated);
      const feed = options.otherMlp?.(index) ?? mlp;
      return (scope, hidden, positions) => {
        const x = normed(scope, hidden, norms.beforeAttention);
        const attended = attend(within(scope, places.attention), x, positions);
        const middle = add(hidden, scaled(normed(scope, attended, norms.afterAttention)));
        const y =
          parallel && norms.beforeMlp === undefined ? x : normed(scope, parallel ? hidden : middle, norms.beforeMlp);
        const fed = feed(within(scope, places.mlp), y);
        return add(middle, scaled(normed(scope, fed, norms.afterMlp)));
      };
    },
  });
}
