/** Decoders of a few thousand random parameters, fed as inputs: for tests that need a model but no files. */
import { randomAt } from "../../src/base/random.ts";
import { readModel } from "../../src/models/config.ts";
import { describe } from "../../src/models/describe.ts";
import type { Model } from "../../src/models/model.ts";
import type { ParameterSpec } from "../../src/models/scope.ts";
import type { Feeds, HostTensor } from "../../src/runtime/types.ts";

export type Values = ReadonlyMap<string, Float32Array>;

export const tinyJson = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 32,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
};

export function tinyModel(extra: object = {}): Model {
  return readModel({ ...tinyJson, ...extra }, "tiny config");
}

/** Numbers of deviation 0.3 (norms near 1), so that every path through the graph matters. */
export function randomValues(specs: readonly ParameterSpec[], seed = 1): Values {
  return new Map(
    specs.map(({ name, shape }) => {
      const random = randomAt(seed, name);
      const shift = name.includes("norm") ? 1 : 0;
      const draw = () => shift + 0.3 * random.normal();
      return [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw)];
    }),
  );
}

export function modelValues(model: Model, seed = 1): Values {
  return randomValues(describe(model).specs, seed);
}

export function valueFeeds(specs: readonly ParameterSpec[], values: Values): Feeds {
  return Object.fromEntries(
    specs.map(({ name, shape }) => [name, { dtype: "float32", shape, data: values.get(name) as Float32Array }]),
  );
}

/** int32 [rows, columns] */
export function intRows(rows: readonly (readonly number[])[]): HostTensor {
  return { dtype: "int32", shape: [rows.length, rows[0]?.length ?? 0], data: Int32Array.from(rows.flat()) };
}

export function floats(tensor: unknown): Float32Array {
  return (tensor as HostTensor).data as Float32Array;
}

/** The largest absolute difference of two arrays of one length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
