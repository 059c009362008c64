/**
 * Next-token cross-entropy over the trained tokens alone: hidden states of other tokens never meet the
 * vocabulary, which is most of the work of a small model.
 *
 * loss = loss_scale * sum_r weight_r * (-log p(label_r | hidden at row_r)). The caller divides by the number of
 * trained tokens of the whole optimizer step through `loss_scale`, so that accumulation never changes the loss.
 */
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";

/** Which tokens are trained, and toward what. */
export interface TokenTargets {
  /** int32 [rows]: places in the flattened [batch * time]. */
  readonly rows: Tensor;
  /** int32 [rows]: the token that follows. */
  readonly labels: Tensor;
  /** float32 [rows] */
  readonly weights: Tensor;
  /** float32 scalar */
  readonly scale: Tensor;
}

/** hidden [batch, time, width], head [vocab, width] -> scalar */
export function tokenLoss(hidden: Tensor, head: Tensor, targets: TokenTargets): Tensor {
  const trained = t.gather(t.flattenRows(hidden), t.cast(targets.rows, "int64")); // [rows, width]
  const nll = t.linearCrossEntropy(trained, head, t.cast(targets.labels, "int64")); // [rows]
  return t.mul(t.sumAll(t.mul(nll, targets.weights)), targets.scale);
}

/** The leaves of {@link TokenTargets}, by the names batches feed. */
export function tokenTargetLeaves(): TokenTargets {
  return {
    rows: t.input("loss_rows", "int32", ["rows"]),
    labels: t.input("labels", "int32", ["rows"]),
    weights: t.input("loss_weights", "float32", ["rows"]),
    scale: t.input("loss_scale", "float32", []),
  };
}
