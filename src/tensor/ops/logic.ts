/** Comparisons, boolean algebra, selection and casts. Only `where` and float casts carry gradients. */
import type { DType } from "../../base/dtype.ts";
import { fail } from "../../base/errors.ts";
import { onnxDataType } from "../../formats/onnx.ts";
import type { Tensor } from "../graph.ts";
import type { OpCase, OpRule } from "../rule.ts";
import { broadcastShapes } from "../shape.ts";
import { dense, floats, inferBinary, mapBroadcast, only } from "./elementwise.ts";

const mixed: readonly OpCase[] = [
  {
    inputs: [
      { shape: [2, 2], values: [1, 2, 3, 4], dtype: "float32" },
      { shape: [2], values: [1, 4], dtype: "float32" },
    ],
  },
];
const booleans: readonly OpCase[] = [
  {
    inputs: [
      { shape: [4], values: [0, 0, 1, 1], dtype: "bool" },
      { shape: [4], values: [0, 1, 0, 1], dtype: "bool" },
    ],
  },
];

function comparison(onnx: string, f: (a: number, b: number) => boolean, cases = mixed): OpRule {
  return {
    infer: (inputs) => [inferBinary(onnx, inputs, "bool")],
    emit: (emitter, names) => emitter.node(onnx, names),
    reference: (inputs, _, shapes) => [
      mapBroadcast(inputs, shapes[0] as readonly number[], (...v) => Number(f(v[0] as number, v[1] as number))),
    ],
    vjp: "none",
    cases,
  };
}

export const equal = comparison("Equal", (a, b) => a === b);
export const less = comparison("Less", (a, b) => a < b);
export const lessOrEqual = comparison("LessOrEqual", (a, b) => a <= b);
export const greater = comparison("Greater", (a, b) => a > b);
export const greaterOrEqual = comparison("GreaterOrEqual", (a, b) => a >= b);
export const and = comparison("And", (a, b) => a !== 0 && b !== 0, booleans);
export const or = comparison("Or", (a, b) => a !== 0 || b !== 0, booleans);

export const not: OpRule = {
  infer: (inputs) => [{ dtype: "bool", shape: only(inputs).shape }],
  emit: (emitter, names) => emitter.node("Not", names),
  reference: (inputs) => [{ shape: dense(inputs).shape, data: dense(inputs).data.map((v) => (v === 0 ? 1 : 0)) }],
  vjp: "none",
  cases: [{ inputs: [{ shape: [2], values: [0, 1], dtype: "bool" }] }],
};

/** where(condition, a, b): broadcasting selection. */
export const where: OpRule = {
  infer: (inputs) => {
    const [condition, a, b] = [only(inputs, 0), only(inputs, 1), only(inputs, 2)];
    if (condition.dtype !== "bool" || a.dtype !== b.dtype) {
      fail("E_TENSOR_DTYPE", {
        what: `where: got ${condition.dtype}, ${a.dtype}, ${b.dtype}; wants bool and two alike.`,
      });
    }
    return [
      { dtype: a.dtype, shape: broadcastShapes("where", broadcastShapes("where", condition.shape, a.shape), b.shape) },
    ];
  },
  emit: (emitter, names) => emitter.node("Where", names),
  reference: (inputs, _, shapes) => [
    mapBroadcast(inputs, shapes[0] as readonly number[], (...v) => (v[0] === 0 ? v[2] : v[1]) as number),
  ],
  vjp: (t, { inputs, grads, wanted }) => {
    const [condition, a, b] = [only(inputs, 0), only(inputs, 1), only(inputs, 2)];
    const grad = grads[0] as Tensor;
    return [
      undefined,
      wanted[1] ? t.sumTo(t.where(condition, grad, 0), a.shape) : undefined,
      wanted[2] ? t.sumTo(t.where(condition, 0, grad), b.shape) : undefined,
    ];
  },
  cases: [
    { inputs: [{ shape: [2, 2], values: [1, 0, 0, 1], dtype: "bool" }, { shape: [2, 2] }, { shape: [2, 2] }] },
    { inputs: [{ shape: [2, 1], values: [1, 0], dtype: "bool" }, { shape: [2, 3] }, { shape: [] }] },
  ],
};

/** Cast to attribute `to`. */
export const cast: OpRule<{ readonly to: DType }> = {
  infer: (inputs, attributes) => [{ dtype: attributes.to, shape: only(inputs).shape }],
  emit: (emitter, names, node) => emitter.node("Cast", names, { to: onnxDataType(node.attributes.to) }),
  reference: (inputs, node) => {
    const to = node.attributes.to;
    const convert = floats.includes(to)
      ? (v: number) => v
      : to === "bool"
        ? (v: number) => Number(v !== 0)
        : Math.trunc;
    return [{ shape: dense(inputs).shape, data: dense(inputs).data.map(convert) }];
  },
  vjp: (t, { inputs, grads }) => [t.cast(grads[0] as Tensor, only(inputs).dtype)],
  cases: [
    { inputs: [{ shape: [3], values: [1, 0, 3], dtype: "int64" }], attributes: { to: "float32" } },
    { inputs: [{ shape: [2], values: [0, 2.5], dtype: "float32" }], attributes: { to: "int64" } },
    { inputs: [{ shape: [2, 3] }], attributes: { to: "float64" } },
  ],
};
