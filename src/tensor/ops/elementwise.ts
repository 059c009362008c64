/** Shared shape of the elementwise rules: inference by broadcasting, reference by index arithmetic. */
import { fail, internal } from "../../base/errors.ts";
import type { DType } from "../../base/dtype.ts";
import type { Tensor, TensorType } from "../graph.ts";
import type { DenseArray, OpRule } from "../rule.ts";
import { broadcastShapes } from "../shape.ts";

export function only(inputs: readonly Tensor[], index = 0): Tensor {
  return inputs[index] ?? internal(`operator misses input ${index}`);
}

export function dense(inputs: readonly DenseArray[], index = 0): DenseArray {
  return inputs[index] ?? internal(`operator misses input ${index}`);
}

export function sizeOfStatic(shape: readonly number[]): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

/** Broadcast type of two inputs that must agree in dtype. */
export function inferBinary(op: string, inputs: readonly Tensor[], dtype?: DType): TensorType {
  const a = only(inputs, 0);
  const b = only(inputs, 1);
  if (a.dtype !== b.dtype) fail("E_TENSOR_DTYPE", { what: `${op}: ${a.dtype} meets ${b.dtype}.` });
  return { dtype: dtype ?? a.dtype, shape: broadcastShapes(op, a.shape, b.shape) };
}

/** Strides of `shape` seen as `target`: 0 on broadcast axes. */
export function broadcastStrides(shape: readonly number[], target: readonly number[]): readonly number[] {
  const strides: number[] = Array.from({ length: target.length }, () => 0);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const at = i + target.length - shape.length;
    strides[at] = shape[i] === 1 ? 0 : stride;
    stride *= shape[i] as number;
  }
  return strides;
}

/** Calls `visit(flat, coordinates)` for every element of a shape in row-major order. */
export function forEachIndex(shape: readonly number[], visit: (flat: number, at: readonly number[]) => void): void {
  const size = sizeOfStatic(shape);
  const at: number[] = shape.map(() => 0);
  for (let flat = 0; flat < size; flat++) {
    visit(flat, at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (shape[axis] as number)) break;
      at[axis] = 0;
    }
  }
}

export function dot(at: readonly number[], strides: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < at.length; i++) sum += (at[i] as number) * (strides[i] as number);
  return sum;
}

/** Reference of an n-ary broadcasting function. */
export function mapBroadcast(
  inputs: readonly DenseArray[],
  shape: readonly number[],
  f: (...values: readonly number[]) => number,
): DenseArray {
  const data = new Float64Array(sizeOfStatic(shape));
  const strides = inputs.map((input) => broadcastStrides(input.shape, shape));
  forEachIndex(shape, (flat, at) => {
    data[flat] = f(...inputs.map((input, i) => input.data[dot(at, strides[i] as readonly number[])] as number));
  });
  return { shape, data };
}

export const floats: readonly DType[] = ["float32", "float64", "float16"];

export function requireFloat(op: string, tensor: Tensor): TensorType {
  if (!floats.includes(tensor.dtype)) {
    fail("E_TENSOR_DTYPE", { what: `${op} needs a float input, got ${tensor.dtype}.` });
  }
  return { dtype: tensor.dtype, shape: tensor.shape };
}

/** A float function of one input, named alike in ONNX. */
export function unaryRule(
  onnx: string,
  f: (x: number) => number,
  vjp: OpRule["vjp"],
  cases: OpRule["cases"] = [{ inputs: [{ shape: [2, 3] }] }],
): OpRule {
  return {
    infer: (inputs) => [requireFloat(onnx, only(inputs))],
    emit: (emitter, names) => emitter.node(onnx, names),
    reference: (inputs) => [{ shape: dense(inputs).shape, data: dense(inputs).data.map(f) }],
    ...(vjp === undefined ? {} : { vjp }),
    cases,
  };
}
