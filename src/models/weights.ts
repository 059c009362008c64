/** The tensors of a model as they lie in files: by name, and read into memory for those that are trained. */
import { internal } from "../base/errors.ts";
import { readTensor, type CheckpointTensor } from "../formats/safetensors.ts";
import type { ParameterSpec } from "./scope.ts";

/** Tensors by the name the graph uses. */
export type TensorTable = ReadonlyMap<string, CheckpointTensor>;

/** Values as float32, for tensors that are trained. */
export async function readParameters(
  tensors: TensorTable,
  names: Iterable<string>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const name of names) {
    values.set(name, await readTensor(tensors.get(name) ?? internal(`no tensor ${name}`)));
  }
  return values;
}

/**
 * Tensors by the names the model asks for. Checkpoints of a base model without head leave out the first part of its
 * names ("h.0.ln_1.weight" for "transformer.h.0.ln_1.weight"); transformers adds it, and so does this.
 */
export function withBasePrefix(tensors: TensorTable, specs: readonly ParameterSpec[]): TensorTable {
  const wanted = new Set(specs.map(({ name }) => name));
  const prefixes = new Set(specs.map(({ name }) => name.slice(0, name.indexOf(".") + 1)));
  return new Map(
    [...tensors].map(([name, entry]) => {
      const found = wanted.has(name) ? undefined : [...prefixes].find((prefix) => wanted.has(prefix + name));
      return [found === undefined || tensors.has(found + name) ? name : found + name, entry];
    }),
  );
}
