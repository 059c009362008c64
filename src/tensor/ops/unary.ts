/** Elementwise functions of one value. Backward formulas reuse the output where that is the cheaper way. */
import type { Tensor } from "../graph.ts";
import type { OpRule, VjpContext } from "../rule.ts";
import { dense, only, requireFloat, unaryRule } from "./elementwise.ts";

const positive = [{ inputs: [{ shape: [2, 3], positive: true }] }];
const grad = (context: VjpContext): Tensor => context.grads[0] as Tensor;
const x = (context: VjpContext): Tensor => only(context.inputs);
const y = (context: VjpContext): Tensor => only(context.outputs);

export const neg = unaryRule(
  "Neg",
  (v) => -v,
  (t, c) => [t.neg(grad(c))],
);
export const abs = unaryRule("Abs", Math.abs, (t, c) => [t.mul(grad(c), t.sign(x(c)))]);
export const sign = unaryRule("Sign", Math.sign, "none");
export const floor = unaryRule("Floor", Math.floor, "none");
/** To the nearest whole number, halves to the even one. No gradient: straight-through is for a method to say. */
export const round = unaryRule("Round", roundHalfEven, "none", [
  { inputs: [{ shape: [2, 3], scale: 5 }] },
  { inputs: [{ shape: [5], values: [-2.5, -0.5, 0.5, 1.5, 2.5], dtype: "float32" }] },
]);

function roundHalfEven(v: number): number {
  const low = Math.floor(v);
  return v - low === 0.5 ? 2 * Math.round(low / 2 + 0.25) : Math.round(v);
}

export const exp = unaryRule("Exp", Math.exp, (t, c) => [t.mul(grad(c), y(c))]);
export const log = unaryRule("Log", Math.log, (t, c) => [t.div(grad(c), x(c))], positive);
export const sqrt = unaryRule("Sqrt", Math.sqrt, (t, c) => [t.div(t.mul(grad(c), 0.5), y(c))], positive);
export const reciprocal = unaryRule(
  "Reciprocal",
  (v) => 1 / v,
  (t, c) => [t.neg(t.mul(grad(c), t.mul(y(c), y(c))))],
  positive,
);
export const sin = unaryRule("Sin", Math.sin, (t, c) => [t.mul(grad(c), t.cos(x(c)))]);
export const cos = unaryRule("Cos", Math.cos, (t, c) => [t.neg(t.mul(grad(c), t.sin(x(c))))]);
export const tanh = unaryRule("Tanh", Math.tanh, (t, c) => [t.mul(grad(c), t.sub(1, t.mul(y(c), y(c))))]);
export const sigmoid = unaryRule(
  "Sigmoid",
  (v) => 1 / (1 + Math.exp(-v)),
  (t, c) => [t.mul(grad(c), t.mul(y(c), t.sub(1, y(c))))],
);
export const relu = unaryRule(
  "Relu",
  (v) => Math.max(v, 0),
  (t, c) => [t.where(t.greater(x(c), 0), grad(c), 0)],
);
export const softplus = unaryRule(
  "Softplus",
  (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v))),
  (t, c) => [t.mul(grad(c), t.sigmoid(x(c)))],
);
/** Error function; reference by the series of Abramowitz and Stegun 7.1.6, good to float64 for |x| < 4. */
export const erf = unaryRule("Erf", erfSeries, (t, c) => [
  t.mul(grad(c), t.mul(t.exp(t.neg(t.mul(x(c), x(c)))), 2 / Math.sqrt(Math.PI))),
]);

function erfSeries(v: number): number {
  let term = v;
  let sum = v;
  for (let n = 1; n < 200; n++) {
    term *= (2 * v * v) / (2 * n + 1);
    sum += term;
    if (Math.abs(term) < 1e-17 * Math.abs(sum)) break;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-v * v) * sum;
}

/** x * sigmoid(x), one engine kernel (QuickGelu with alpha 1). */
export const silu: OpRule = {
  infer: (inputs) => [requireFloat("silu", only(inputs))],
  emit: (emitter, names) => emitter.node("QuickGelu", names, { alpha: { float: 1 } }, { domain: "com.microsoft" }),
  reference: (inputs) => [{ shape: dense(inputs).shape, data: dense(inputs).data.map((v) => v / (1 + Math.exp(-v))) }],
  // d/dx x s(x) = s + x s (1 - s) = s + y (1 - s)
  vjp: (t, c) => {
    const s = t.sigmoid(x(c));
    return [t.mul(grad(c), t.add(s, t.mul(y(c), t.sub(1, s))))];
  },
  cases: [{ inputs: [{ shape: [2, 3], scale: 3 }] }],
};

/** Same value, no gradient. */
export const stopGradient: OpRule = {
  infer: (inputs) => [only(inputs)],
  emit: (_, names) => names,
  reference: (inputs) => [dense(inputs)],
  vjp: "none",
  cases: [{ inputs: [{ shape: [2, 3] }] }],
};
