/** A model joined to its tensors, wherever they lie: what programs that train nothing are made of. */
import type { Access } from "./scope.ts";
import { createAccess, frozenLeaf } from "./access.ts";
import type { LoadedModel } from "./load.ts";
import { internal } from "../base/errors.ts";
import type { DType } from "../base/dtype.ts";
import type { CompileOptions } from "../runtime/types.ts";

/** A tensor of a checkpoint, in a file or, where there are none, in memory. */
export type StoredTensor =
  | { readonly dtype: DType; readonly file: string; readonly offset: number; readonly length: number }
  | { readonly dtype: DType; readonly bytes: Uint8Array };

/** The parts of a loaded model that computing needs. */
export interface StoredModel extends Pick<LoadedModel, "model" | "adapter"> {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** Every tensor frozen, the adapter included. `attend` is the pass's. */
export function frozenAccess({ adapter }: Pick<StoredModel, "adapter">, attend: Access["attend"]): Access {
  const base = createAccess(frozenLeaf, attend);
  return adapter === undefined ? base : adapter.tuning.intercept(frozenLeaf)(base);
}

/** Compile options that find these tensors. */
export function weightSource(tensors: StoredModel["tensors"]): Pick<CompileOptions, "weights"> {
  return {
    weights: (name) => {
      const stored = tensors.get(name) ?? internal(`no tensor ${name}`);
      const { dtype } = stored;
      if ("bytes" in stored) return { dtype, data: stored.bytes };
      return { dtype, data: { file: stored.file, offset: stored.offset, length: stored.length } };
    },
  };
}

/** Compile options that find every frozen tensor of the model, the adapter's included. */
export function modelWeights({ tensors, adapter }: Pick<StoredModel, "tensors" | "adapter">) {
  return weightSource(new Map<string, StoredTensor>([...tensors, ...(adapter?.tensors ?? [])]));
}
