/**
 * The decoder as a graph: embedding, layers of attention and gated MLP with pre-normalisation, final norm, head.
 * Follows Touvron et al. 2023 (Llama) as transformers computes it; families differ by properties of the config.
 *
 * Layer i: h += O(attention(norm(h))), h += down(silu(gate(norm(h))) * up(norm(h))).
 * Left out: dropout of attention weights, hidden states of inner layers.
 */
import { internal } from "../base/errors.ts";
import { add, cast, concat, gather, matmul, mul, rmsNorm, rotary, silu, type Tensor } from "../tensor/index.ts";
import { attend, cachedBias, causalBias, rotaryAngles, splitHeads, type Angles } from "./attention.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import { EMBEDDING, FINAL_NORM, HEAD, layerPrefix, type Parameters } from "./parameters.ts";

/** int32 tensors [batch, time]. */
export interface DecoderInputs {
  readonly inputIds: Tensor;
  /** Place of each token in its sequence, from 0; restarts at each packed segment. */
  readonly positions: Tensor;
  /**
   * 0 is padding, 1 and up are packed sequences that do not see each other. Absent: attention is causal only,
   * which is right for rows of one sequence each with padding on the right.
   */
  readonly segments?: Tensor;
}

export interface LayerCache {
  /** [batch, kvHeads, past, headDim], rotated. */
  readonly key: Tensor;
  /** [batch, kvHeads, past, headDim]. */
  readonly value: Tensor;
}

export interface StepInputs {
  /** int32 [batch, time]: the new tokens. */
  readonly inputIds: Tensor;
  /** int32 [batch, time]. */
  readonly positions: Tensor;
  /** int32 [batch, past + time]: 1 for tokens, 0 for padding, in the order of the cache with the new tokens last. */
  readonly mask: Tensor;
  /** One for each layer; `past` may be 0 when run. */
  readonly past: readonly LayerCache[];
}

export interface StepOutputs {
  /** [batch, time, hidden] */
  readonly hidden: Tensor;
  /** The cache for the next step: [batch, kvHeads, past + time, headDim]. */
  readonly present: readonly LayerCache[];
}

/** Final hidden states [batch, time, hidden] of whole sequences. */
export function decoderHidden(config: DecoderConfig, parameters: Parameters, inputs: DecoderInputs): Tensor {
  const { inputIds, positions, segments } = inputs;
  const biasOf = oncePerWindow((window) => causalBias(inputIds.shape, { segments, window }));
  return run(config, parameters, { inputIds, positions, biasOf }).hidden;
}

/** One step of cached decoding: the new tokens see the cache and themselves. */
export function decoderStep(config: DecoderConfig, parameters: Parameters, inputs: StepInputs): StepOutputs {
  const { inputIds, positions, mask, past } = inputs;
  const pastLength = past[0]?.key.shape[2] ?? internal("decoderStep: no cache given");
  const biasOf = oncePerWindow((window) => cachedBias(mask, { past: pastLength, inputIds, window }));
  return run(config, parameters, { inputIds, positions, biasOf, past });
}

/** The matrix [vocab, hidden] that turns hidden states into logits, adapters included. */
export function headWeight(_: DecoderConfig, parameters: Parameters): Tensor {
  return parameters.matrix(HEAD);
}

/** hidden [..., hidden] -> logits [..., vocab] */
export function logits(config: DecoderConfig, parameters: Parameters, hidden: Tensor): Tensor {
  return matmul(hidden, headWeight(config, parameters), { transB: true });
}

interface RunInputs {
  readonly inputIds: Tensor;
  readonly positions: Tensor;
  readonly biasOf: (window: number | undefined) => Tensor;
  readonly past?: readonly LayerCache[];
}

function run(config: DecoderConfig, parameters: Parameters, inputs: RunInputs): StepOutputs {
  const angles = rotaryAngles(config.rope, inputs.positions);
  const present: LayerCache[] = [];
  let hidden = gather(parameters.get(EMBEDDING), cast(inputs.inputIds, "int64")); // [batch, time, hidden]
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = layerPrefix(layer);
    const norm = (x: Tensor, name: string): Tensor =>
      rmsNorm(x, parameters.get(`${prefix}${name}.weight`), config.rmsNormEpsilon);
    const linear = (x: Tensor, name: string): Tensor => parameters.linear(x, `${prefix}${name}`);

    const bias = inputs.biasOf(config.slidingWindow[layer]);
    const attended = attention(
      config,
      linear,
      { x: norm(hidden, "input_layernorm"), angles, bias },
      inputs.past?.[layer],
    );
    present.push(attended.cache);
    hidden = add(hidden, attended.output);

    const x = norm(hidden, "post_attention_layernorm");
    const gated = mul(silu(linear(x, "mlp.gate_proj")), linear(x, "mlp.up_proj")); // [batch, time, intermediate]
    hidden = add(hidden, linear(gated, "mlp.down_proj"));
  }
  return { hidden: rmsNorm(hidden, parameters.get(FINAL_NORM), config.rmsNormEpsilon), present };
}

interface AttentionInputs {
  /** [batch, time, hidden], normalised. */
  readonly x: Tensor;
  readonly angles: Angles;
  readonly bias: Tensor;
}

function attention(
  config: DecoderConfig,
  linear: (x: Tensor, name: string) => Tensor,
  { x, angles, bias }: AttentionInputs,
  past: LayerCache | undefined,
): { readonly output: Tensor; readonly cache: LayerCache } {
  const { headDim } = config;
  const query = rotary(linear(x, "self_attn.q_proj"), angles.cosines, angles.sines); // [batch, time, heads*headDim]
  const newKey = rotary(linear(x, "self_attn.k_proj"), angles.cosines, angles.sines); // [batch, time, kvHeads*headDim]
  const newValue = linear(x, "self_attn.v_proj");
  const grown = (old: Tensor | undefined, added: Tensor): Tensor =>
    old === undefined ? added : concat([old, added], 2);
  const cache = {
    key: grown(past?.key, splitHeads(newKey, headDim)),
    value: grown(past?.value, splitHeads(newValue, headDim)),
  };
  return { output: linear(attend(query, cache, { bias, headDim }), "self_attn.o_proj"), cache };
}

/** Layers of one window share one bias. */
function oncePerWindow(make: (window: number | undefined) => Tensor): (window: number | undefined) => Tensor {
  const made = new Map<number | undefined, Tensor>();
  return (window) => {
    const known = made.get(window);
    if (known !== undefined) return known;
    const bias = make(window);
    made.set(window, bias);
    return bias;
  };
}
