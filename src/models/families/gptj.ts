/**
 * GPT-J and CodeGen: attention and MLP in parallel under one norm, neighbours turn together in the first numbers of a
 * head, a head with biases. Wang and Komatsuzaki 2021; Nijkamp et al. 2022. CodeGen's one matrix was trained on four
 * devices: its outputs are queries, values and keys of a quarter of the heads, four times.
 */
import { withNames, type ConfigReader } from "../config-reader.ts";
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import type { Projection } from "../layers/self-attention.ts";
import type { Model } from "../model.ts";
import { reshape, slice, type Dim, type Tensor } from "../../tensor/index.ts";
import { readSizes, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";

/** The names of GPT-2's config. */
export const gptNames = {
  hidden_size: ["n_embd"],
  num_hidden_layers: ["n_layer"],
  num_attention_heads: ["n_head"],
  max_position_embeddings: ["n_positions"],
};

/** Keys of heads for other tasks, of dropout and of how the published code computed. */
export function takeGptKeys(reader: ConfigReader): void {
  for (const key of ["resid_pdrop", "embd_pdrop", "attn_pdrop", "n_ctx", "scale_attn_weights"]) reader.take(key);
  for (const key of Object.keys(reader.json)) if (key.startsWith("summary_")) reader.take(key);
}

const SHARDS = 4;

/** [shards, queries | values | keys of a shard] */
const byShard: Projection = (scope, x, { heads, headDim, bias }) => {
  const size = heads * headDim;
  const all = scope.linear(x, "qkv_proj", 3 * size, { bias: bias.qkv });
  const [batch, time] = all.shape as [Dim, Dim];
  const local = size / SHARDS;
  const shards = reshape(all, [batch, time, SHARDS, 3 * local]);
  const part = (i: number): Tensor => reshape(slice(shards, 3, i * local, (i + 1) * local), [batch, time, size]);
  return [part(0), part(2), part(1)];
};

function readGptJ(outer: ConfigReader, modelType: string, project?: Projection): Model {
  const reader = withNames(outer, gptNames);
  const sizes = readSizes(reader, {
    modelType,
    maxPositions: 2048,
    normKey: "layer_norm_epsilon",
    normEpsilon: 1e-5,
    activationKeys: ["activation_function"],
    activation: "gelu_new",
    bosTokenId: 50256,
    eosTokenIds: [50256],
  });
  takeGptKeys(reader);
  const { facts, headDim } = sizes;
  for (const key of ["rotary", "gradient_checkpointing"]) reader.take(key);
  const turning = reader.integer("rotary_dim", { fallback: 64, max: headDim });
  const rope = readRope(reader, { headDim, maxPositions: facts.maxPositions, turning, interleaved: true });
  return llamaLike({
    facts,
    names: { embedding: "transformer.wte", layers: "transformer.h", norm: "transformer.ln_f", head: "lm_head" },
    norm: layerNormLayer(sizes.normEpsilon),
    norms: { beforeAttention: "ln_1" },
    parallel: true,
    places: { attention: "attn", mlp: "mlp" },
    attention: () => ({
      ...sizes,
      rope,
      bias: { qkv: false, output: false },
      output: "out_proj",
      ...(project === undefined ? {} : { project }),
    }),
    mlp: plainMlp({
      intermediateSize: reader.optionalInteger("n_inner") ?? 4 * facts.hiddenSize,
      activation: sizes.activation,
      bias: true,
      names: ["fc_in", "fc_out"],
    }),
    head: { bias: true },
  });
}

export const gptj: Family = {
  modelType: "gptj",
  architectures: ["GPTJForCausalLM"],
  covers: "GPT-J 6B",
  read: (reader) => readGptJ(reader, "gptj"),
};

export const codegen: Family = {
  modelType: "codegen",
  architectures: ["CodeGenForCausalLM"],
  covers: "CodeGen, CodeGen 2",
  read: (reader) => readGptJ(reader, "codegen", byShard),
};
