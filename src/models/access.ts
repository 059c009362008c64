/** The plain access: every tensor is a leaf, every linear layer a product. Adapters and the like wrap it. */
import { add, input, matmul, transpose, weight, type Tensor } from "../tensor/index.ts";
import type { Access, LinearModule, ParameterSpec } from "./scope.ts";

/** Makes the leaf of a tensor. */
export type Leaf = (spec: ParameterSpec) => Tensor;

/** A leaf that the runtime finds in a checkpoint: for tensors that are not trained. */
export const frozenLeaf: Leaf = ({ name, shape }) => weight(name, "float32", shape);

/** A leaf that is fed at each run: for tensors that are trained. */
export const trainableLeaf: Leaf = ({ name, shape }) => input(name, "float32", shape);

/** The same leaf each time a name is asked for. */
export function eachOnce(leaf: Leaf): Leaf {
  const made = new Map<string, Tensor>();
  return (spec) => {
    const known = made.get(spec.name);
    if (known !== undefined) return known;
    const tensor = leaf(spec);
    made.set(spec.name, tensor);
    return tensor;
  };
}

export function weightSpec({ weight: name, inSize, outSize, layout }: LinearModule): ParameterSpec {
  return { name, shape: layout === "out,in" ? [outSize, inSize] : [inSize, outSize] };
}

export function biasSpec({ bias, outSize }: LinearModule): ParameterSpec | undefined {
  return bias === undefined ? undefined : { name: bias, shape: [outSize] };
}

/** `attend` is the pass's: it knows masks and caches. */
export function createAccess(leaf: Leaf, attend: Access["attend"]): Access {
  const get = eachOnce(leaf);
  return {
    weight: get,
    linear: (x, module) => {
      const y = matmul(x, get(weightSpec(module)), { transB: module.layout === "out,in" });
      const bias = biasSpec(module);
      return bias === undefined ? y : add(y, get(bias));
    },
    matrix: (module) => {
      const stored = get(weightSpec(module));
      return module.layout === "out,in" ? stored : transpose(stored, [1, 0]);
    },
    tap: (_, x) => x,
    attend,
  };
}
