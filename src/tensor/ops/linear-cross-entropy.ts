/**
 * The vocabulary product and cross-entropy as one operator: nll = logsumexp(h Wᵀ) - (h Wᵀ)[label].
 *
 * [rows, vocab] is by far the largest value of a step, so what touches it counts. Forward: one product, two
 * maxima, one Softmax. logsumexp is taken as max(logits) - log(max(softmax)), since the largest probability
 * cannot underflow. Backward: row scaling commutes with the products, so the difference softmax - onehot is
 * never formed: dh = g (P W - W[label]), dW = Pᵀ (g h) - scatter(label, g h).
 *
 * Inputs: hidden [rows, width], head [vocab, width], labels [rows] int64, all valid (mask by weighting the
 * result). Outputs: nll [rows]; probabilities [rows, vocab], for the gradient alone.
 */
import { fail } from "../../base/errors.ts";
import type { Tensor } from "../graph.ts";
import type { OpRule } from "../rule.ts";
import { formatShape, type Dim } from "../shape.ts";
import { dense, only } from "./elementwise.ts";

export const linearCrossEntropy: OpRule = {
  infer: (inputs) => {
    const [hidden, head, labels] = [only(inputs, 0), only(inputs, 1), only(inputs, 2)];
    const [rows, width] = hidden.shape as [Dim, Dim];
    if (hidden.shape.length !== 2 || head.shape.length !== 2 || head.shape[1] !== width || labels.shape[0] !== rows) {
      fail("E_TENSOR_SHAPE", {
        what: `linearCrossEntropy: hidden ${formatShape(hidden.shape)}, head ${formatShape(head.shape)}, labels ${formatShape(labels.shape)} do not fit.`,
      });
    }
    return [
      { dtype: hidden.dtype, shape: [rows] },
      { dtype: hidden.dtype, shape: [rows, head.shape[0] as Dim] },
    ];
  },
  emit: (emitter, names) => {
    const [hidden, head, labels] = names as [string, string, string];
    const one = (...call: Parameters<typeof emitter.node>): string => emitter.node(...call)[0] as string;
    const vector = (...values: readonly number[]): string =>
      emitter.constant(BigInt64Array.from(values, BigInt), "int64", [values.length]);
    const logits = one(
      "FusedMatMul",
      [hidden, head],
      { transA: 0, transB: 1, alpha: { float: 1 } },
      { domain: "com.microsoft" },
    );
    const column = one("Unsqueeze", [labels, vector(1)]);
    const picked = one("GatherElements", [logits, column], { axis: 1 });
    const top = one("ReduceMax", [logits, vector(1)], { keepdims: 1 });
    const probabilities = one("Softmax", [logits], { axis: -1 });
    const topProbability = one("ReduceMax", [probabilities, vector(1)], { keepdims: 1 });
    const normaliser = one("Sub", [top, one("Log", [topProbability])]);
    return [one("Squeeze", [one("Sub", [normaliser, picked]), vector(1)]), probabilities];
  },
  reference: (inputs, _, shapes) => {
    const [hidden, head, labels] = [dense(inputs, 0), dense(inputs, 1), dense(inputs, 2)];
    const [rows, vocab] = shapes[1] as readonly [number, number];
    const width = hidden.shape[1] as number;
    const nll = new Float64Array(rows);
    const probabilities = new Float64Array(rows * vocab);
    for (let row = 0; row < rows; row++) {
      const logits = Float64Array.from({ length: vocab }, (_, v) => {
        let sum = 0;
        for (let k = 0; k < width; k++)
          sum += (hidden.data[row * width + k] as number) * (head.data[v * width + k] as number);
        return sum;
      });
      const top = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      const total = logits.reduce((sum, v) => sum + Math.exp(v - top), 0);
      const normaliser = top + Math.log(total);
      nll[row] = normaliser - (logits[labels.data[row] as number] as number);
      probabilities.set(
        logits.map((v) => Math.exp(v - normaliser)),
        row * vocab,
      );
    }
    return [
      { shape: [rows], data: nll },
      { shape: [rows, vocab], data: probabilities },
    ];
  },
  vjp: (t, { inputs, outputs, grads, wanted }) => {
    const [hidden, head, labels] = [only(inputs, 0), only(inputs, 1), only(inputs, 2)];
    if (grads[0] === undefined || grads[1] !== undefined) {
      return fail("E_TENSOR_NO_GRADIENT", { what: "linearCrossEntropy: only the likelihood output has a gradient." });
    }
    const probabilities = only(outputs, 1);
    const g = t.unsqueeze(grads[0], [1]);
    const dHidden = (): Tensor => t.mul(g, t.sub(t.matmul(probabilities, head), t.gather(head, labels)));
    // (g h)ᵀ P and a transposition: a quarter faster than Pᵀ (g h), whose wide left side is transposed in packing.
    const dHead = (): Tensor => {
      const scaled = t.mul(hidden, g);
      const product = t.transpose(t.matmul(scaled, probabilities, { transA: true }), [1, 0]);
      return t.scatterAdd(product, labels, t.neg(scaled));
    };
    return [wanted[0] ? dHidden() : undefined, wanted[1] ? dHead() : undefined, undefined];
  },
  cases: [
    {
      inputs: [{ shape: [3, 4] }, { shape: [5, 4] }, { shape: [3], values: [4, 0, 4], dtype: "int64" }],
      tolerance: 2e-5,
      differentiable: 1,
    },
  ],
};
