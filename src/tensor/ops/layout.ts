/** Operators that move values without computing: reshape, transpose, expand, concat, slice, pad. */
import { fail, internal } from "../../base/errors.ts";
import type { DType } from "../../base/dtype.ts";
import type { Tensor, TypedArray } from "../graph.ts";
import type { DenseArray, OpRule } from "../rule.ts";
import { addDims, broadcastShapes, formatShape, sameShape, sizeOf, type Dim, type Shape } from "../shape.ts";
import { dense, dot, forEachIndex, mapBroadcast, only, sizeOfStatic } from "./elementwise.ts";

export interface Target {
  readonly shape: Shape;
}

export const reshape: OpRule<Target> = {
  infer: (inputs, attributes) => {
    const from = only(inputs);
    const shape = attributes.shape;
    if (sizeOf(from.shape) !== sizeOf(shape)) {
      fail("E_TENSOR_SHAPE", {
        what: `reshape: ${formatShape(from.shape)} does not have the elements of ${formatShape(shape)}.`,
      });
    }
    return [{ dtype: from.dtype, shape }];
  },
  emit: (emitter, names, node) => {
    const from = only(node.inputs).shape;
    const shape = node.attributes.shape;
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
export const transpose: OpRule<{ readonly perm: readonly number[] }> = {
  infer: (inputs, attributes) => {
    const from = only(inputs);
    const perm = attributes.perm;
    if (perm.length !== from.shape.length || new Set(perm).size !== perm.length) {
      fail("E_TENSOR_SHAPE", {
        what: `transpose: ${formatShape(perm)} is no permutation of the axes of ${formatShape(from.shape)}.`,
      });
    }
    return [{ dtype: from.dtype, shape: perm.map((axis) => from.shape[axis] as Dim) }];
  },
  emit: (emitter, names, node) => emitter.node("Transpose", names, { perm: node.attributes.perm }),
  reference: (inputs, node, shapes) => {
    const input = dense(inputs);
    const strides = rowMajorStrides(input.shape);
    const perm = node.attributes.perm;
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
    const perm = attributes.perm;
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
export const expand: OpRule<Target> = {
  infer: (inputs, attributes) => {
    const shape = attributes.shape;
    if (!sameShape(broadcastShapes("expand", only(inputs).shape, shape), shape)) {
      fail("E_TENSOR_SHAPE", {
        what: `expand: ${formatShape(only(inputs).shape)} does not grow to ${formatShape(shape)}.`,
      });
    }
    return [{ dtype: only(inputs).dtype, shape }];
  },
  emit: (emitter, names, node) => emitter.node("Expand", [...names, emitter.shape(node.attributes.shape)]),
  reference: (inputs, _, shapes) => [mapBroadcast(inputs, shapes[0] as readonly number[], (v) => v as number)],
  vjp: (t, { inputs, grads }) => [t.sumTo(grads[0] as Tensor, only(inputs).shape)],
  cases: [{ inputs: [{ shape: [3, 1] }], attributes: { shape: [2, 3, 4] } }],
};

/** Joins along attribute `axis`. */
export const concat: OpRule<{ readonly axis: number }> = {
  infer: (inputs, attributes) => {
    const axis = attributes.axis;
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
  emit: (emitter, names, node) => emitter.node("Concat", names, { axis: node.attributes.axis }),
  reference: (inputs, node, shapes) => {
    const axis = node.attributes.axis;
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
  vjp: (t, { inputs, grads, wanted, attributes }) => {
    const axis = attributes.axis;
    let start: Dim = 0;
    return inputs.map((part, i) => {
      const length = part.shape[axis] as Dim;
      const from = start;
      start = addDims(from, length);
      return wanted[i] ? t.slice(grads[0] as Tensor, axis, from, start, length) : undefined;
    });
  },
  cases: [{ inputs: [{ shape: [2, 3] }, { shape: [2, 1] }], attributes: { axis: 1 } }],
};

const END = Number.MAX_SAFE_INTEGER;

/**
 * What slice takes away from `axis` and pad puts there. One of the two is enough where the axis is symbolic: the
 * other follows from both sizes, and sizes are not subtracted here.
 */
export interface Margins {
  readonly axis: number;
  readonly before?: Dim | undefined;
  readonly after?: Dim | undefined;
}

/** The first margin as a number, when all sizes are numbers. */
function marginBefore(
  { axis, before, after }: Margins,
  inner: Shape,
  outer: Shape,
  value: (dim: Dim) => number,
): number {
  if (before !== undefined) return value(before);
  return value(outer[axis] as Dim) - value(inner[axis] as Dim) - value(after ?? internal("neither margin is known"));
}

/** Axis `axis` without its first `before` and last `after` elements; attribute `length` is what remains. */
export const slice: OpRule<Margins & { readonly length: Dim }> = {
  infer: (inputs, attributes) => {
    const from = only(inputs);
    const { axis, before = 0, after = 0 } = attributes;
    const length = attributes.length;
    const size = from.shape[axis] ?? internal(`slice of missing axis ${axis}`);
    const numbers = [before, length, after].filter((dim) => typeof dim === "number");
    const total = numbers.reduce((sum, dim) => sum + dim, 0);
    if (numbers.some((dim) => dim < 0) || (typeof size === "number" && total > size)) {
      fail("E_TENSOR_SHAPE", {
        what: `slice: ${before} + ${length} elements are not within axis ${axis} of ${formatShape(from.shape)}.`,
      });
    }
    return [{ dtype: from.dtype, shape: from.shape.map((dim, i) => (i === axis ? length : dim)) }];
  },
  emit: (emitter, names, node) => {
    const one = (value: number): string => emitter.constant(BigInt64Array.of(BigInt(value)), "int64", [1]);
    const fromEnd = (dim: Dim): string =>
      typeof dim === "number" ? one(-dim) : (emitter.node("Neg", [emitter.shape([dim])])[0] as string);
    const { axis, before, after } = node.attributes;
    const length = node.attributes.length;
    const start = before === undefined ? fromEnd(addDims(after as Dim, length)) : emitter.shape([before]);
    const end =
      after === undefined ? emitter.shape([addDims(before as Dim, length)]) : after === 0 ? one(END) : fromEnd(after);
    return emitter.node("Slice", [...names, start, end, one(axis)]);
  },
  reference: (inputs, node, shapes, { evaluate }) => {
    const input = dense(inputs);
    const margins = node.attributes;
    const shape = shapes[0] as readonly number[];
    const strides = rowMajorStrides(input.shape);
    const offset = marginBefore(margins, shape, input.shape, evaluate) * (strides[margins.axis] as number);
    return [gatherBy(input, shape, (at) => dot(at, strides) + offset)];
  },
  vjp: (t, { inputs, grads, attributes }) => {
    const margins = attributes;
    return [t.apply("pad", [grads[0] as Tensor], { ...margins, size: only(inputs).shape[margins.axis] as Dim })[0]];
  },
  cases: [
    { inputs: [{ shape: [2, 5] }], attributes: { axis: 1, before: 1, after: 2, length: 2 } },
    { inputs: [{ shape: [2, 5] }], attributes: { axis: 1, before: 1, length: 3 } },
    { inputs: [{ shape: [4, 2] }], attributes: { axis: 0, after: 1, length: 2 } },
  ],
};

/** Zeros around `axis`, which grows to attribute `size`: the transpose of slice. */
export const pad: OpRule<Margins & { readonly size: Dim }> = {
  infer: (inputs, attributes) => {
    const { axis } = attributes;
    const from = only(inputs);
    return [{ dtype: from.dtype, shape: from.shape.map((dim, i) => (i === axis ? attributes.size : dim)) }];
  },
  emit: (emitter, names, node) => {
    const { axis, before, after } = node.attributes;
    const rest = (known: Dim): string => {
      const taken = addDims(known, only(node.inputs).shape[axis] as Dim);
      return emitter.node("Sub", [emitter.shape([node.attributes.size]), emitter.shape([taken])])[0] as string;
    };
    const first = before === undefined ? rest(after as Dim) : emitter.shape([before]);
    const last = after === undefined ? rest(before as Dim) : emitter.shape([after]);
    const pads = emitter.node("Concat", [first, last], { axis: 0 })[0] as string;
    const zero = emitter.scalar(0, only(node.inputs).dtype);
    return emitter.node("Pad", [...names, pads, zero, emitter.constant(BigInt64Array.of(BigInt(axis)), "int64", [1])]);
  },
  reference: (inputs, node, shapes, { evaluate }) => {
    const input = dense(inputs);
    const margins = node.attributes;
    const shape = shapes[0] as readonly number[];
    const data = new Float64Array(sizeOfStatic(shape));
    const strides = rowMajorStrides(shape);
    const offset = marginBefore(margins, input.shape, shape, evaluate) * (strides[margins.axis] as number);
    forEachIndex(input.shape, (flat, at) => {
      data[dot(at, strides) + offset] = input.data[flat] as number;
    });
    return [{ shape, data }];
  },
  vjp: (t, { inputs, grads, attributes }) => {
    const { size: _, ...margins } = attributes;
    return [t.apply("slice", [grads[0] as Tensor], { ...margins, length: only(inputs).shape[margins.axis] as Dim })[0]];
  },
  cases: [
    { inputs: [{ shape: [2, 3] }], attributes: { axis: 1, before: 2, after: 1, size: 6 } },
    { inputs: [{ shape: [2, 3] }], attributes: { axis: 1, before: 2, size: 6 } },
    { inputs: [{ shape: [2, 3] }], attributes: { axis: 0, after: 2, size: 5 } },
  ],
};

/** The size of a dimension as a scalar of attribute `dtype`: the way a graph learns a symbolic size. */
export const dimension: OpRule<{ readonly dim: Dim; readonly dtype: DType }> = {
  infer: (_, attributes) => [{ dtype: attributes.dtype, shape: [] }],
  emit: (emitter, _, node) => {
    const vector = emitter.shape([node.attributes.dim]);
    const scalar = emitter.constant(new BigInt64Array(0), "int64", [0]);
    const [flat] = emitter.node("Reshape", [vector, scalar]);
    return emitter.cast(flat as string, "int64", node.attributes.dtype);
  },
  reference: (_, node, __, { evaluate }) => [{ shape: [], data: Float64Array.of(evaluate(node.attributes.dim)) }],
  vjp: "none",
  cases: [{ inputs: [], attributes: { dim: 7, dtype: "float32" } }],
};

/** 0, 1, ... up to the size of attribute `dim`, as int64. */
export const range: OpRule<{ readonly dim: Dim }> = {
  infer: (_, attributes) => [{ dtype: "int64", shape: [attributes.dim] }],
  emit: (emitter, _, node) => {
    const vector = emitter.shape([node.attributes.dim]);
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

export interface Numbers {
  readonly data: TypedArray;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A tensor filled with one number; broadcasting makes a scalar enough for most uses. */
export const constant: OpRule<Numbers> = {
  infer: (_, attributes) => [{ dtype: attributes.dtype, shape: attributes.shape }],
  emit: (emitter, _, node) => {
    const { dtype, shape } = node.outputs[0] as Tensor;
    return [emitter.constant(node.attributes.data, dtype, shape as readonly number[])];
  },
  reference: (_, node, shapes) => [
    { shape: shapes[0] as readonly number[], data: Float64Array.from(node.attributes.data, Number) },
  ],
  vjp: "none",
  cases: [{ inputs: [], attributes: { dtype: "float32", shape: [2], data: Float32Array.of(1.5, -2) } }],
};
