/** Operators that move values without computing: reshape, transpose, expand, concat, slice. */
import { fail, internal } from "../../base/errors.ts";
import type { Tensor } from "../graph.ts";
import type { DenseArray, OpRule } from "../rule.ts";
import { addDims, broadcastShapes, formatShape, sameShape, sizeOf, type Dim, type Shape } from "../shape.ts";
import { dense, dot, forEachIndex, mapBroadcast, only, sizeOfStatic } from "./elementwise.ts";

const shapeOf = (attributes: { readonly [key: string]: unknown }): Shape => attributes["shape"] as Shape;

export const reshape: OpRule = {
  infer: (inputs, attributes) => {
    const from = only(inputs);
    const shape = shapeOf(attributes);
    if (sizeOf(from.shape) !== sizeOf(shape)) {
      fail("E_TENSOR_SHAPE", {
        what: `reshape: ${formatShape(from.shape)} does not have the elements of ${formatShape(shape)}.`,
      });
    }
    return [{ dtype: from.dtype, shape }];
  },
  emit: (emitter, names, node) => {
    const from = only(node.inputs).shape;
    const shape = shapeOf(node.attributes);
    // 0 copies the input's size at that axis and one -1 is inferred: most symbolic shapes need no arithmetic.
    const spec = shape.map((dim, axis) => (typeof dim === "number" && dim !== 0 ? dim : dim === from[axis] ? 0 : -1));
    const known = spec.filter((dim) => dim === -1).length <= 1 && !shape.includes(0);
    const target = known
      ? emitter.constant(BigInt64Array.from(spec, BigInt), "int64", [spec.length])
      : emitter.shape(shape);
    return emitter.node("Reshape", [...names, target]);
  },
  reference: (inputs, _, shapes) => [{ shape: shapes[0] as readonly number[], data: dense(inputs).data }],
  vjp: (t, { inputs, grads }) => [t.reshape(grads[0] as Tensor, only(inputs).shape)],
  cases: [{ inputs: [{ shape: [2, 6] }], attributes: { shape: [3, 4] } }],
};

/** Permutation `perm` of the axes. */
export const transpose: OpRule = {
  infer: (inputs, attributes) => {
    const from = only(inputs);
    const perm = attributes["perm"] as readonly number[];
    if (perm.length !== from.shape.length || new Set(perm).size !== perm.length) {
      fail("E_TENSOR_SHAPE", {
        what: `transpose: ${formatShape(perm)} is no permutation of the axes of ${formatShape(from.shape)}.`,
      });
    }
    return [{ dtype: from.dtype, shape: perm.map((axis) => from.shape[axis] as Dim) }];
  },
  emit: (emitter, names, node) =>
    emitter.node("Transpose", names, { perm: node.attributes["perm"] as readonly number[] }),
  reference: (inputs, node, shapes) => {
    const input = dense(inputs);
    const strides = rowMajorStrides(input.shape);
    const perm = node.attributes["perm"] as readonly number[];
    return [
      gatherBy(input, shapes[0] as readonly number[], (at) =>
        dot(
          at,
          perm.map((axis) => strides[axis] as number),
        ),
      ),
    ];
  },
  vjp: (t, { grads, attributes }) => {
    const perm = attributes["perm"] as readonly number[];
    return [
      t.transpose(
        grads[0] as Tensor,
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
    ];
  },
  cases: [
    { inputs: [{ shape: [2, 3, 4] }], attributes: { perm: [2, 0, 1] } },
    { inputs: [{ shape: [2, 3] }], attributes: { perm: [1, 0] } },
  ],
};

function rowMajorStrides(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => sizeOfStatic(shape.slice(axis + 1)));
}

function gatherBy(input: DenseArray, shape: readonly number[], from: (at: readonly number[]) => number): DenseArray {
  const data = new Float64Array(sizeOfStatic(shape));
  forEachIndex(shape, (flat, at) => {
    data[flat] = input.data[from(at)] as number;
  });
  return { shape, data };
}

/** Broadcast to `shape`. */
export const expand: OpRule = {
  infer: (inputs, attributes) => {
    const shape = shapeOf(attributes);
    if (!sameShape(broadcastShapes("expand", only(inputs).shape, shape), shape)) {
      fail("E_TENSOR_SHAPE", {
        what: `expand: ${formatShape(only(inputs).shape)} does not grow to ${formatShape(shape)}.`,
      });
    }
    return [{ dtype: only(inputs).dtype, shape }];
  },
  emit: (emitter, names, node) => emitter.node("Expand", [...names, emitter.shape(shapeOf(node.attributes))]),
  reference: (inputs, _, shapes) => [mapBroadcast(inputs, shapes[0] as readonly number[], (v) => v as number)],
  vjp: (t, { inputs, grads }) => [t.sumTo(grads[0] as Tensor, only(inputs).shape)],
  cases: [{ inputs: [{ shape: [3, 1] }], attributes: { shape: [2, 3, 4] } }],
};

/** Joins along attribute `axis`. */
export const concat: OpRule = {
  infer: (inputs, attributes) => {
    const axis = attributes["axis"] as number;
    const first = only(inputs);
    for (const other of inputs) {
      const fits = other.shape.every((dim, i) => i === axis || dim === first.shape[i]);
      if (!fits || other.shape.length !== first.shape.length || other.dtype !== first.dtype) {
        fail("E_TENSOR_SHAPE", {
          what: `concat: ${formatShape(first.shape)} and ${formatShape(other.shape)} differ off axis ${axis}.`,
        });
      }
    }
    const joined = addDims(...inputs.map((t) => t.shape[axis] as Dim));
    return [{ dtype: first.dtype, shape: first.shape.map((dim, i) => (i === axis ? joined : dim)) }];
  },
  emit: (emitter, names, node) => emitter.node("Concat", names, { axis: node.attributes["axis"] as number }),
  reference: (inputs, node, shapes) => {
    const axis = node.attributes["axis"] as number;
    const shape = shapes[0] as readonly number[];
    const data = new Float64Array(sizeOfStatic(shape));
    const strides = rowMajorStrides(shape);
    let offset = 0;
    for (const part of inputs) {
      forEachIndex(part.shape, (flat, at) => {
        data[dot(at, strides) + offset * (strides[axis] as number)] = part.data[flat] as number;
      });
      offset += part.shape[axis] as number;
    }
    return [{ shape, data }];
  },
  vjp: (t, { inputs, grads, attributes }) => {
    const axis = attributes["axis"] as number;
    let start = 0;
    return inputs.map((part) => {
      const length = part.shape[axis];
      if (typeof length !== "number") {
        return fail("E_TENSOR_NO_GRADIENT", { what: `concat along the symbolic axis ${axis} has no gradient rule.` });
      }
      const grad = t.slice(grads[0] as Tensor, axis, start, start + length);
      start += length;
      return grad;
    });
  },
  cases: [{ inputs: [{ shape: [2, 3] }, { shape: [2, 1] }], attributes: { axis: 1 } }],
};

const END = Number.MAX_SAFE_INTEGER;

/**
 * Elements `start` to `end` (exclusive) of `axis`. Negative numbers count from the end; `end` absent means all.
 * On a symbolic axis the resulting size is attribute `length`.
 */
export const slice: OpRule = {
  infer: (inputs, attributes) => {
    const from = only(inputs);
    const { axis, start, length } = sliceRange(from, attributes);
    if (
      typeof length === "number" &&
      (length < 0 || (typeof from.shape[axis] === "number" && start + length > from.shape[axis]))
    ) {
      fail("E_TENSOR_SHAPE", {
        what: `slice: ${start}..${start + length} is outside axis ${axis} of ${formatShape(from.shape)}.`,
      });
    }
    return [{ dtype: from.dtype, shape: from.shape.map((dim, i) => (i === axis ? length : dim)) }];
  },
  emit: (emitter, names, node) => {
    const one = (value: number): string => emitter.constant(BigInt64Array.of(BigInt(value)), "int64", [1]);
    const { axis, start, end } = node.attributes as { axis: number; start: number; end?: number };
    return emitter.node("Slice", [...names, one(start), one(end ?? END), one(axis)]);
  },
  reference: (inputs, node, shapes) => {
    const input = dense(inputs);
    const axis = node.attributes["axis"] as number;
    const begin = node.attributes["start"] as number;
    const strides = rowMajorStrides(input.shape);
    const start = begin < 0 ? begin + (input.shape[axis] as number) : begin;
    return [
      gatherBy(input, shapes[0] as readonly number[], (at) => dot(at, strides) + start * (strides[axis] as number)),
    ];
  },
  vjp: (t, { inputs, grads, attributes }) => {
    const from = only(inputs);
    const { axis, start, length } = sliceRange(from, attributes);
    const size = from.shape[axis];
    if (typeof size !== "number" || typeof length !== "number") {
      return fail("E_TENSOR_NO_GRADIENT", { what: `slice of the symbolic axis ${axis} has no gradient rule.` });
    }
    return [t.pad(grads[0] as Tensor, axis, start, size - start - length)];
  },
  cases: [
    { inputs: [{ shape: [2, 5] }], attributes: { axis: 1, start: 1, end: 3 } },
    { inputs: [{ shape: [4, 2] }], attributes: { axis: 0, start: -2 } },
  ],
};

function sliceRange(from: Tensor, attributes: OpAttributes): { axis: number; start: number; length: Dim } {
  const axis = attributes["axis"] as number;
  const size = from.shape[axis] ?? internal(`slice of missing axis ${axis}`);
  const begin = attributes["start"] as number;
  const end = attributes["end"] as number | undefined;
  if (typeof size !== "number") {
    const length = attributes["length"] as Dim | undefined;
    return { axis, start: begin, length: length ?? internal("slice of a symbolic axis needs a length") };
  }
  const start = begin < 0 ? begin + size : begin;
  const stop = end === undefined ? size : end < 0 ? end + size : end;
  return { axis, start, length: stop - start };
}

type OpAttributes = { readonly [key: string]: unknown };

/** Zeros before and after along `axis`. */
export const pad: OpRule = {
  infer: (inputs, attributes) => {
    const { axis, before, after } = attributes as { axis: number; before: number; after: number };
    const from = only(inputs);
    return [
      { dtype: from.dtype, shape: from.shape.map((dim, i) => (i === axis ? addDims(dim, before + after) : dim)) },
    ];
  },
  emit: (emitter, names, node) => {
    const { axis, before, after } = node.attributes as { axis: number; before: number; after: number };
    const pads = emitter.constant(BigInt64Array.of(BigInt(before), BigInt(after)), "int64", [2]);
    const zero = emitter.scalar(0, only(node.inputs).dtype);
    return emitter.node("Pad", [...names, pads, zero, emitter.constant(BigInt64Array.of(BigInt(axis)), "int64", [1])]);
  },
  reference: (inputs, node, shapes) => {
    const input = dense(inputs);
    const { axis, before } = node.attributes as { axis: number; before: number };
    const shape = shapes[0] as readonly number[];
    const data = new Float64Array(sizeOfStatic(shape));
    const strides = rowMajorStrides(shape);
    forEachIndex(input.shape, (flat, at) => {
      data[dot(at, strides) + before * (strides[axis] as number)] = input.data[flat] as number;
    });
    return [{ shape, data }];
  },
  vjp: (t, { inputs, grads, attributes }) => {
    const { axis, before } = attributes as { axis: number; before: number };
    const size = only(inputs).shape[axis] as number;
    return [t.slice(grads[0] as Tensor, axis, before, before + size)];
  },
  cases: [{ inputs: [{ shape: [2, 3] }], attributes: { axis: 1, before: 2, after: 1 } }],
};

/** The size of a dimension as a scalar of attribute `dtype`: the way a graph learns a symbolic size. */
export const dimension: OpRule = {
  infer: (_, attributes) => [{ dtype: attributes["dtype"] as Tensor["dtype"], shape: [] }],
  emit: (emitter, _, node) => {
    const vector = emitter.shape([node.attributes["dim"] as Dim]);
    const scalar = emitter.constant(new BigInt64Array(0), "int64", [0]);
    const [flat] = emitter.node("Reshape", [vector, scalar]);
    return emitter.cast(flat as string, "int64", node.attributes["dtype"] as Tensor["dtype"]);
  },
  reference: (_, node, __, { evaluate }) => [
    { shape: [], data: Float64Array.of(evaluate(node.attributes["dim"] as Dim)) },
  ],
  vjp: "none",
  cases: [{ inputs: [], attributes: { dim: 7, dtype: "float32" } }],
};

/** 0, 1, ... up to the size of attribute `dim`, as int64. */
export const range: OpRule = {
  infer: (_, attributes) => [{ dtype: "int64", shape: [attributes["dim"] as Dim] }],
  emit: (emitter, _, node) => {
    const vector = emitter.shape([node.attributes["dim"] as Dim]);
    const [limit] = emitter.node("Reshape", [vector, emitter.constant(new BigInt64Array(0), "int64", [0])]);
    return emitter.node("Range", [emitter.scalar(0, "int64"), limit as string, emitter.scalar(1, "int64")]);
  },
  reference: (_, __, shapes) => {
    const size = sizeOfStatic(shapes[0] as readonly number[]);
    return [{ shape: [size], data: Float64Array.from({ length: size }, (_, i) => i) }];
  },
  vjp: "none",
  cases: [{ inputs: [], attributes: { dim: 5 } }],
};

/** A tensor filled with one number; broadcasting makes a scalar enough for most uses. */
export const constant: OpRule = {
  infer: (_, attributes) => [{ dtype: attributes["dtype"] as Tensor["dtype"], shape: shapeOf(attributes) }],
  emit: (emitter, _, node) => {
    const { dtype, shape } = node.outputs[0] as Tensor;
    return [emitter.constant(node.attributes["data"] as Float32Array, dtype, shape as readonly number[])];
  },
  reference: (_, node, shapes) => [
    { shape: shapes[0] as readonly number[], data: Float64Array.from(node.attributes["data"] as Float32Array, Number) },
  ],
  vjp: "none",
  cases: [{ inputs: [], attributes: { dtype: "float32", shape: [2], data: Float32Array.of(1.5, -2) } }],
};
