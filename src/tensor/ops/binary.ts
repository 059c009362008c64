/** Elementwise functions of two values with NumPy broadcasting. Gradients are summed back to each shape. */
import type { Tensor } from "../graph.ts";
import type { OpCase, OpRule, TensorFunctions, VjpContext } from "../rule.ts";
import { inferBinary, mapBroadcast, only } from "./elementwise.ts";

type Local = (t: TensorFunctions, grad: Tensor, a: Tensor, b: Tensor, y: Tensor) => Tensor;

const drawn: readonly OpCase[] = [
  { inputs: [{ shape: [2, 3] }, { shape: [2, 3] }] },
  { inputs: [{ shape: [2, 1, 3] }, { shape: [4, 1] }] },
  { inputs: [{ shape: [] }, { shape: [3] }] },
];
const apart: readonly OpCase[] = drawn.map((c) => ({
  inputs: c.inputs.map((input) => ({ shape: input.shape, positive: true })),
}));

function binaryRule(
  onnx: string,
  f: (a: number, b: number) => number,
  gradA: Local,
  gradB: Local,
  cases = drawn,
): OpRule {
  const pull = (t: TensorFunctions, context: VjpContext, local: Local, index: number): Tensor => {
    const a = only(context.inputs, 0);
    const b = only(context.inputs, 1);
    const full = local(t, context.grads[0] as Tensor, a, b, only(context.outputs));
    return t.sumTo(full, only(context.inputs, index).shape);
  };
  return {
    infer: (inputs) => [inferBinary(onnx, inputs)],
    emit: (emitter, names) => emitter.node(onnx, names),
    reference: (inputs, _, shapes) => [
      mapBroadcast(inputs, shapes[0] as readonly number[], f as (...v: readonly number[]) => number),
    ],
    vjp: (t, context) => [gradA, gradB].map((local, i) => (context.wanted[i] ? pull(t, context, local, i) : undefined)),
    cases,
  };
}

export const add = binaryRule(
  "Add",
  (a, b) => a + b,
  (_, g) => g,
  (_, g) => g,
);
export const sub = binaryRule(
  "Sub",
  (a, b) => a - b,
  (_, g) => g,
  (t, g) => t.neg(g),
);
export const mul = binaryRule(
  "Mul",
  (a, b) => a * b,
  (t, g, _, b) => t.mul(g, b),
  (t, g, a) => t.mul(g, a),
);
export const div = binaryRule(
  "Div",
  (a, b) => a / b,
  (t, g, _, b) => t.div(g, b),
  (t, g, _, b, y) => t.neg(t.div(t.mul(g, y), b)),
  apart,
);
export const pow = binaryRule(
  "Pow",
  (a, b) => a ** b,
  (t, g, a, b) => t.mul(g, t.mul(b, t.pow(a, t.sub(b, 1)))),
  (t, g, a, _, y) => t.mul(g, t.mul(y, t.log(a))),
  apart,
);
/** At a tie the whole gradient goes to the first input (PyTorch splits it; ties have measure zero). */
export const maximum = binaryRule(
  "Max",
  Math.max,
  (t, g, a, b) => t.where(t.greaterOrEqual(a, b), g, 0),
  (t, g, a, b) => t.where(t.greaterOrEqual(a, b), 0, g),
);
export const minimum = binaryRule(
  "Min",
  Math.min,
  (t, g, a, b) => t.where(t.greaterOrEqual(b, a), g, 0),
  (t, g, a, b) => t.where(t.greaterOrEqual(b, a), 0, g),
);
