/** Normalisation over the last axis, by its tensors' names. */
import { add, constant, layerNorm, mul, rmsNorm, type Tensor } from "../../tensor/index.ts";
import { width, type Scope } from "../scope.ts";

/** x -> normalised x; `name` is where its tensors lie. */
export type Norm = (scope: Scope, x: Tensor, name: string) => Tensor;

/** Zhang and Sennrich 2019. `plusOne`: the stored scale is the difference from one (Gemma). */
export function rmsNormLayer(epsilon: number, { plusOne = false }: { readonly plusOne?: boolean } = {}): Norm {
  return (scope, x, name) => {
    const stored = scope.weight(`${name}.weight`, [width(x.shape)]);
    return rmsNorm(x, plusOne ? add(stored, 1) : stored, epsilon);
  };
}

/** Ba et al. 2016. `plusOne`: as above (Nemotron). */
export function layerNormLayer(
  epsilon: number,
  { bias = true, plusOne = false }: { readonly bias?: boolean; readonly plusOne?: boolean } = {},
): Norm {
  return (scope, x, name) => {
    const shape = [width(x.shape)];
    const shift = bias
      ? scope.weight(`${name}.bias`, shape)
      : constant(new Float32Array(shape[0] ?? 0), "float32", shape);
    const stored = scope.weight(`${name}.weight`, shape);
    return layerNorm(x, plusOne ? add(stored, 1) : stored, shift, epsilon);
  };
}

/** A layer norm without bias whose scale differs from head to head: x [batch, time, heads, headDim] (Command R+). */
export function headwiseNorm(epsilon: number): Norm {
  return (scope, x, name) => {
    const [heads, headDim] = x.shape.slice(2) as [number, number];
    const all = (value: number): Tensor => constant(new Float32Array(headDim).fill(value), "float32", [headDim]);
    return mul(layerNorm(x, all(1), all(0), epsilon), scope.weight(`${name}.weight`, [heads, headDim]));
  };
}
