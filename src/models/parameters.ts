/**
 * The tensors of a decoder by their Hugging Face names, and how a graph asks for them. Whether a tensor is
 * frozen, trained or adapted is decided by whoever makes the Parameters; the decoder does not know.
 */
import { internal } from "../base/errors.ts";
import { add, input, matmul, weight, type Tensor } from "../tensor/index.ts";
import type { DecoderConfig } from "./decoder-config.ts";

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A matrix multiplication of the model: y = x Wᵀ (+ bias), W [outSize, inSize]. */
export interface LinearModule {
  /** Module path, for example "model.layers.0.self_attn.q_proj". */
  readonly module: string;
  readonly inSize: number;
  readonly outSize: number;
  readonly weight: string;
  readonly bias: string | undefined;
}

/** How the decoder asks for its tensors. */
export interface Parameters {
  readonly get: (name: string) => Tensor;
  /** x [..., in] -> [..., out] by the linear module of this path. */
  readonly linear: (x: Tensor, module: string) => Tensor;
  /** The matrix [out, in] that `linear` multiplies by, adapters included. */
  readonly matrix: (module: string) => Tensor;
}

export const EMBEDDING = "model.embed_tokens.weight";
export const FINAL_NORM = "model.norm.weight";
export const HEAD = "lm_head";

export function layerPrefix(layer: number): string {
  return `model.layers.${layer}.`;
}

/** All linear modules in order of the forward pass, the head last (its weight is the embedding when tied). */
export function linearModules(config: DecoderConfig): readonly LinearModule[] {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim, attentionBias, mlpBias } = config;
  const linear = (module: string, inSize: number, outSize: number, bias: boolean): LinearModule => ({
    module,
    inSize,
    outSize,
    weight: `${module}.weight`,
    bias: bias ? `${module}.bias` : undefined,
  });
  const layers = Array.from({ length: config.layers }, (_, layer) => {
    const attention = `${layerPrefix(layer)}self_attn.`;
    const mlp = `${layerPrefix(layer)}mlp.`;
    return [
      linear(`${attention}q_proj`, hiddenSize, heads * headDim, attentionBias.qkv),
      linear(`${attention}k_proj`, hiddenSize, kvHeads * headDim, attentionBias.qkv),
      linear(`${attention}v_proj`, hiddenSize, kvHeads * headDim, attentionBias.qkv),
      linear(`${attention}o_proj`, heads * headDim, hiddenSize, attentionBias.output),
      linear(`${mlp}gate_proj`, hiddenSize, intermediateSize, mlpBias),
      linear(`${mlp}up_proj`, hiddenSize, intermediateSize, mlpBias),
      linear(`${mlp}down_proj`, intermediateSize, hiddenSize, mlpBias),
    ];
  });
  const head = linear(HEAD, hiddenSize, config.vocabSize, false);
  return [...layers.flat(), config.tied ? { ...head, weight: EMBEDDING } : head];
}

/** Every tensor of a checkpoint of this config, a tied head left out. */
export function parameterSpecs(config: DecoderConfig): readonly ParameterSpec[] {
  const norm = (name: string): ParameterSpec => ({ name, shape: [config.hiddenSize] });
  const specs: ParameterSpec[] = [{ name: EMBEDDING, shape: [config.vocabSize, config.hiddenSize] }];
  for (const linear of linearModules(config)) {
    if (linear.weight === EMBEDDING) continue;
    specs.push({ name: linear.weight, shape: [linear.outSize, linear.inSize] });
    if (linear.bias !== undefined) specs.push({ name: linear.bias, shape: [linear.outSize] });
  }
  for (let layer = 0; layer < config.layers; layer++) {
    specs.push(norm(`${layerPrefix(layer)}input_layernorm.weight`));
    specs.push(norm(`${layerPrefix(layer)}post_attention_layernorm.weight`));
  }
  specs.push(norm(FINAL_NORM));
  return specs;
}

/** How many numbers the specs hold. */
export function countParameters(specs: readonly ParameterSpec[]): number {
  return specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** A leaf that the runtime finds in a checkpoint: for tensors that are not trained. */
export const frozenLeaf = ({ name, shape }: ParameterSpec): Tensor => weight(name, "float32", shape);

/** A leaf that is fed at each run: for tensors that are trained. */
export const trainableLeaf = ({ name, shape }: ParameterSpec): Tensor => input(name, "float32", shape);

/** Parameters whose tensors are leaves made by `leaf`, each once. */
export function createParameters(config: DecoderConfig, leaf: (spec: ParameterSpec) => Tensor): Parameters {
  const specs = new Map(parameterSpecs(config).map((spec) => [spec.name, spec]));
  const modules = new Map(linearModules(config).map((linear) => [linear.module, linear]));
  const leaves = new Map<string, Tensor>();
  const get = (name: string): Tensor => {
    const known = leaves.get(name);
    if (known !== undefined) return known;
    const made = leaf(specs.get(name) ?? internal(`the model has no tensor ${name}`));
    leaves.set(name, made);
    return made;
  };
  const moduleOf = (module: string): LinearModule => modules.get(module) ?? internal(`no linear module ${module}`);
  return {
    get,
    linear: (x, module) => {
      const { weight, bias } = moduleOf(module);
      const y = matmul(x, get(weight), { transB: true });
      return bias === undefined ? y : add(y, get(bias));
    },
    matrix: (module) => get(moduleOf(module).weight),
  };
}
