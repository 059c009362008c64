/** Reductions over axes. `axes` are normalised, `keepdims` is always kept: callers squeeze. */
import type { Tensor } from "../graph.ts";
import type { DenseArray, OpCase, OpRule } from "../rule.ts";
import { dense, dot, forEachIndex, only, requireFloat, sizeOfStatic, broadcastStrides } from "./elementwise.ts";

export interface Axes {
  readonly axes: readonly number[];
}

const cases: readonly OpCase<Axes>[] = [
  { inputs: [{ shape: [2, 3, 4] }], attributes: { axes: [2] } },
  { inputs: [{ shape: [2, 3, 4] }], attributes: { axes: [0, 1] } },
  { inputs: [{ shape: [3] }], attributes: { axes: [0] } },
];

function reduceArray(
  input: DenseArray,
  axes: readonly number[],
  start: number,
  fold: (a: number, b: number) => number,
): DenseArray {
  const shape = input.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const data = new Float64Array(sizeOfStatic(shape)).fill(start);
  const strides = broadcastStrides(shape, input.shape);
  forEachIndex(input.shape, (flat, at) => {
    const to = dot(at, strides);
    data[to] = fold(data[to] as number, input.data[flat] as number);
  });
  return { shape, data };
}

function reduction(
  onnx: string,
  start: number,
  fold: (a: number, b: number) => number,
  finish: (sum: number, count: number) => number,
  vjp: OpRule<Axes>["vjp"],
): OpRule<Axes> {
  return {
    infer: (inputs, { axes }) => {
      const { dtype, shape } = requireFloat(onnx, only(inputs));
      return [{ dtype, shape: shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)) }];
    },
    emit: (emitter, names, node) => {
      const { axes } = node.attributes;
      const list = emitter.constant(BigInt64Array.from(axes, BigInt), "int64", [axes.length]);
      return emitter.node(onnx, [...names, list], { keepdims: 1 });
    },
    reference: (inputs, node) => {
      const input = dense(inputs);
      const { axes } = node.attributes;
      const count = sizeOfStatic(axes.map((axis) => input.shape[axis] as number));
      const folded = reduceArray(input, axes, start, fold);
      return [{ shape: folded.shape, data: folded.data.map((sum) => finish(sum, count)) }];
    },
    ...(vjp === undefined ? {} : { vjp }),
    cases,
  };
}

const plain = (sum: number): number => sum;

export const reduceSum = reduction(
  "ReduceSum",
  0,
  (a, b) => a + b,
  plain,
  (t, { inputs, grads }) => [t.expand(grads[0] as Tensor, only(inputs).shape)],
);

export const reduceMean = reduction(
  "ReduceMean",
  0,
  (a, b) => a + b,
  (sum, n) => sum / n,
  (t, c) => {
    const [input, grad] = [only(c.inputs), c.grads[0] as Tensor];
    const { axes } = c.attributes;
    // The count is taken from the graph, since it may be symbolic.
    return [t.expand(t.div(grad, t.countOf(input, axes)), input.shape)];
  },
);

export const reduceSumSquare = reduction(
  "ReduceSumSquare",
  0,
  (a, b) => a + b * b,
  plain,
  (t, { inputs, grads }) => [t.mul(only(inputs), t.mul(grads[0] as Tensor, 2))],
);

/** Ties share nothing: every maximal element receives the gradient (there is one but on a null set). */
const towardExtreme: OpRule<Axes>["vjp"] = (t, { inputs, outputs, grads }) => [
  t.where(t.equal(only(inputs), only(outputs)), grads[0] as Tensor, 0),
];

export const reduceMax = reduction("ReduceMax", Number.NEGATIVE_INFINITY, Math.max, plain, towardExtreme);
export const reduceMin = reduction("ReduceMin", Number.POSITIVE_INFINITY, Math.min, plain, towardExtreme);

/** Index (int64) of the first maximum along `axis`, which is kept with size 1. */
export const argMax: OpRule<{ readonly axis: number }> = {
  infer: (inputs, attributes) => [
    { dtype: "int64", shape: only(inputs).shape.map((dim, axis) => (axis === attributes.axis ? 1 : dim)) },
  ],
  emit: (emitter, names, node) => emitter.node("ArgMax", names, { axis: node.attributes.axis, keepdims: 1 }),
  reference: (inputs, node) => {
    const input = dense(inputs);
    const axis = node.attributes.axis;
    const best = reduceArray(input, [axis], Number.NEGATIVE_INFINITY, Math.max);
    const data = new Float64Array(best.data.length).fill(-1);
    const strides = broadcastStrides(best.shape, input.shape);
    forEachIndex(input.shape, (flat, at) => {
      const to = dot(at, strides);
      if (data[to] === -1 && input.data[flat] === best.data[to]) data[to] = at[axis] as number;
    });
    return [{ shape: best.shape, data }];
  },
  vjp: "none",
  cases: [{ inputs: [{ shape: [3, 4] }], attributes: { axis: 1 } }],
};

/** Running sum along `axis`; `reverse` runs from the end. */
export const cumSum: OpRule<{ readonly axis: number; readonly reverse: boolean }> = {
  infer: (inputs) => [requireFloat("CumSum", only(inputs))],
  emit: (emitter, names, node) =>
    emitter.node("CumSum", [...names, emitter.scalar(node.attributes.axis, "int64")], {
      reverse: node.attributes.reverse ? 1 : 0,
    }),
  reference: (inputs, node) => {
    const input = dense(inputs);
    const axis = node.attributes.axis;
    const length = input.shape[axis] as number;
    const inner = sizeOfStatic(input.shape.slice(axis + 1));
    const data = Float64Array.from(input.data);
    const outer = data.length / (length * inner);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        for (let k = 1; k < length; k++) {
          const step = node.attributes.reverse ? length - 1 - k : k;
          const from = node.attributes.reverse ? step + 1 : step - 1;
          const at = (o * length + step) * inner + i;
          data[at] = (data[at] as number) + (data[(o * length + from) * inner + i] as number);
        }
      }
    }
    return [{ shape: input.shape, data }];
  },
  vjp: (t, { grads, attributes }) => [t.cumSum(grads[0] as Tensor, attributes.axis, { reverse: !attributes.reverse })],
  cases: [
    { inputs: [{ shape: [2, 3] }], attributes: { axis: 1, reverse: false } },
    { inputs: [{ shape: [2, 3, 2] }], attributes: { axis: 1, reverse: true } },
  ],
};
