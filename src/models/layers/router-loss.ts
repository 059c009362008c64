/**
 * The load-balancing loss of mixtures of experts (Fedus et al. 2022, section 2.2; transformers' load_balancing_loss_func):
 * experts * sum over experts of (share of choices) * (mean probability), over all layers and tokens together. It is least
 * when experts are chosen evenly; it acts on the router through the probabilities alone.
 */
import {
  add,
  cast,
  countOf,
  div,
  expand,
  mul,
  reduceSum,
  scalar,
  scatterElementsAdd,
  softmax,
  stopGradient,
  sumAll,
  topK,
  unsqueeze,
  type Dim,
  type Tensor,
} from "../../tensor/index.ts";
import { internal } from "../../base/errors.ts";
import type { RouterFacts } from "../model.ts";
import type { Interceptor } from "../scope.ts";

export interface RouterLoss {
  /** Sees the router's logits of every layer that runs behind it. */
  readonly intercept: Interceptor;
  /** After the model has run; `real` float32 [batch, time] is 1 for tokens and 0 for padding, absent: all count. Scalar. */
  readonly loss: (real?: Tensor) => Tensor;
}

export function routerLoss({ experts, perToken }: RouterFacts): RouterLoss {
  const seen: Tensor[] = []; // [batch, time, experts] of each layer
  return {
    intercept: (inner) => ({
      ...inner,
      tap: (path, x) => {
        if (path.endsWith(".router_logits")) seen.push(x);
        return inner.tap(path, x);
      },
    }),
    loss: (real) => {
      const [first] = seen;
      if (first === undefined) return internal("the load-balancing loss was asked for before the model ran");
      const [batch, time] = first.shape as [Dim, Dim];
      const weights = real === undefined ? undefined : unsqueeze(real, [2]);
      const total = (x: Tensor): Tensor =>
        reduceSum(weights === undefined ? x : mul(x, weights), [0, 1], { keepDims: false }); // [experts]
      const chosen = (probabilities: Tensor): Tensor => {
        const [, indices] = topK(stopGradient(probabilities), perToken);
        const ones = expand(scalar(1), [batch, time, perToken]);
        return scatterElementsAdd(expand(scalar(0), [batch, time, experts]), indices, ones, 2);
      };
      const all = seen.map((logits) => softmax(logits));
      const tokens = mul(real === undefined ? cast(countOf(first, [0, 1]), "float32") : sumAll(real), seen.length);
      const mean = (parts: readonly Tensor[]): Tensor =>
        div(
          parts.map(total).reduce((a, b) => add(a, b)),
          tokens,
        );
      return mul(sumAll(mul(mean(all.map(chosen)), mean(all))), experts);
    },
  };
}
