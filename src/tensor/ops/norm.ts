/** Normalisations over the last axis with a learned scale. */
import { fail } from "../../base/errors.ts";
import type { Tensor } from "../graph.ts";
import type { DenseArray, OpRule } from "../rule.ts";
import { formatShape } from "../shape.ts";
import { dense, only, requireFloat } from "./elementwise.ts";

export interface Epsilon {
  readonly epsilon: number;
}

/** RMSNorm (Zhang and Sennrich 2019, eq. 4): x / sqrt(mean(x^2) + epsilon) * scale. Inputs x, scale [width]. */
export const rmsNorm: OpRule<Epsilon> = {
  infer: (inputs) => {
    const [x, scale] = [only(inputs, 0), only(inputs, 1)];
    if (scale.shape.length !== 1 || scale.shape[0] !== x.shape.at(-1)) {
      fail("E_TENSOR_SHAPE", {
        what: `rmsNorm: scale ${formatShape(scale.shape)} does not fit ${formatShape(x.shape)}.`,
      });
    }
    return [requireFloat("rmsNorm", x)];
  },
  emit: (emitter, names, node) =>
    emitter.node("SimplifiedLayerNormalization", names, {
      axis: -1,
      epsilon: { float: node.attributes.epsilon },
    }),
  reference: (inputs, node) => {
    const [x, scale] = [dense(inputs, 0), dense(inputs, 1)];
    const width = scale.data.length;
    return [
      normalizeRows(x, width, (row) => {
        const meanSquare = row.reduce((sum, v) => sum + v * v, 0) / width;
        const inverse = 1 / Math.sqrt(meanSquare + node.attributes.epsilon);
        return row.map((v, i) => v * inverse * (scale.data[i] as number));
      }),
    ];
  },
  // With n = x r, r = 1/sqrt(mean(x^2)+eps): dx = r (g s - n mean(g s n)), ds = sum over rows of g n.
  vjp: (t, { inputs, grads, wanted, attributes }) => {
    const [x, scale] = [only(inputs, 0), only(inputs, 1)];
    const g = grads[0] as Tensor;
    const meanSquare = t.reduceMean(t.mul(x, x), [-1]);
    const r = t.reciprocal(t.sqrt(t.add(meanSquare, attributes.epsilon)));
    const n = t.mul(x, r);
    const dx = (): Tensor => {
      const gs = t.mul(g, scale);
      return t.mul(r, t.sub(gs, t.mul(n, t.reduceMean(t.mul(gs, n), [-1]))));
    };
    return [wanted[0] ? dx() : undefined, wanted[1] ? t.sumTo(t.mul(g, n), scale.shape) : undefined];
  },
  cases: [{ inputs: [{ shape: [2, 3, 4] }, { shape: [4] }], attributes: { epsilon: 1e-5 } }],
};

function normalizeRows(x: DenseArray, width: number, f: (row: Float64Array) => Float64Array): DenseArray {
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += width) data.set(f(x.data.subarray(start, start + width)), start);
  return { shape: x.shape, data };
}

/** LayerNorm (Ba et al. 2016): inputs x, scale [width], bias [width]. */
export const layerNorm: OpRule<Epsilon> = {
  infer: (inputs) => [requireFloat("layerNorm", only(inputs))],
  emit: (emitter, names, node) =>
    emitter.node("LayerNormalization", names, { axis: -1, epsilon: { float: node.attributes.epsilon } }),
  reference: (inputs, node) => {
    const [x, scale, bias] = [dense(inputs, 0), dense(inputs, 1), dense(inputs, 2)];
    const width = scale.data.length;
    return [
      normalizeRows(x, width, (row) => {
        const mean = row.reduce((sum, v) => sum + v, 0) / width;
        const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / width;
        const inverse = 1 / Math.sqrt(variance + node.attributes.epsilon);
        return row.map((v, i) => (v - mean) * inverse * (scale.data[i] as number) + (bias.data[i] as number));
      }),
    ];
  },
  vjp: (t, { inputs, grads, wanted, attributes }) => {
    const [x, scale, bias] = [only(inputs, 0), only(inputs, 1), only(inputs, 2)];
    const g = grads[0] as Tensor;
    const dBias = wanted[2] ? t.sumTo(g, bias.shape) : undefined;
    if (!wanted[0] && !wanted[1]) return [undefined, undefined, dBias];
    const centred = t.sub(x, t.reduceMean(x, [-1]));
    const variance = t.reduceMean(t.mul(centred, centred), [-1]);
    const r = t.reciprocal(t.sqrt(t.add(variance, attributes.epsilon)));
    const n = t.mul(centred, r);
    const dx = (): Tensor => {
      const gs = t.mul(g, scale);
      return t.mul(r, t.sub(t.sub(gs, t.reduceMean(gs, [-1])), t.mul(n, t.reduceMean(t.mul(gs, n), [-1]))));
    };
    return [wanted[0] ? dx() : undefined, wanted[1] ? t.sumTo(t.mul(g, n), scale.shape) : undefined, dBias];
  },
  cases: [{ inputs: [{ shape: [2, 3, 4] }, { shape: [4] }, { shape: [4] }], attributes: { epsilon: 1e-5 } }],
};
