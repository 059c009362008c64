/** Softmax and its logarithm over the last axis, computed by the engine's own kernels. */
import type { Tensor } from "../graph.ts";
import type { DenseArray, OpRule } from "../rule.ts";
import { dense, only, requireFloat } from "./elementwise.ts";

function mapRows(input: DenseArray, f: (row: Float64Array, max: number, sum: number) => Float64Array): DenseArray {
  const width = input.shape.at(-1) as number;
  const data = new Float64Array(input.data.length);
  for (let start = 0; start < data.length; start += width) {
    const row = input.data.subarray(start, start + width);
    const max = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const sum = row.reduce((a, b) => a + Math.exp(b - max), 0);
    data.set(f(row, max, sum), start);
  }
  return { shape: input.shape, data };
}

export const softmax: OpRule = {
  infer: (inputs) => [requireFloat("softmax", only(inputs))],
  emit: (emitter, names) => emitter.node("Softmax", names, { axis: -1 }),
  reference: (inputs) => [mapRows(dense(inputs), (row, max, sum) => row.map((v) => Math.exp(v - max) / sum))],
  // dx = y (g - sum(g y))
  vjp: (t, { outputs, grads }) => {
    const [y, g] = [only(outputs), grads[0] as Tensor];
    return [t.mul(y, t.sub(g, t.reduceSum(t.mul(g, y), [-1])))];
  },
  cases: [{ inputs: [{ shape: [2, 3, 4], scale: 3 }] }],
};

export const logSoftmax: OpRule = {
  infer: (inputs) => [requireFloat("logSoftmax", only(inputs))],
  emit: (emitter, names) => emitter.node("LogSoftmax", names, { axis: -1 }),
  reference: (inputs) => [mapRows(dense(inputs), (row, max, sum) => row.map((v) => v - max - Math.log(sum)))],
  // dx = g - softmax(x) sum(g); Softmax anew, because a lone Exp is not threaded by the engine.
  vjp: (t, { inputs, grads }) => {
    const g = grads[0] as Tensor;
    return [t.sub(g, t.mul(t.softmax(only(inputs)), t.reduceSum(g, [-1])))];
  },
  cases: [{ inputs: [{ shape: [2, 5], scale: 3 }] }],
};
