/**
 * Next-token cross-entropy over the trained tokens alone: hidden states of other tokens never meet the
 * vocabulary, which is most of the work of a small model.
 *
 * loss = loss_scale * sum_r weight_r * (-log p(label_r | hidden at row_r)), or what {@link TokenLossOptions} make of it. The caller divides by the number of
 * trained tokens of the whole optimizer step through `loss_scale`, so that accumulation never changes the loss.
 */
import type { LossTerms } from "./loss-terms.ts";
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

/** How hidden states become logits: cap * tanh(scale * hidden matrixᵀ / cap). */
export interface LogitHead {
  /** [vocab, width] */
  readonly matrix: Tensor;
  readonly scale?: number | undefined;
  readonly softcap?: number | undefined;
}

/** What is trained on besides plain cross-entropy, and looked at. */
export interface TokenLossOptions {
  /**
   * Share of the target that is spread evenly over the vocabulary (Szegedy et al. 2016), as transformers' LabelSmoother:
   * (1 - s) * nll + s * mean over v of -log p_v.
   */
  readonly labelSmoothing?: number;
  /** Adds so many times the square of log sum exp of the logits (PaLM, arXiv 2204.02311, section 5). */
  readonly zLoss?: number;
  /** Each token's loss times its probability, which has no gradient (DFT, arXiv 2508.05629, equation 9). */
  readonly dft?: boolean;
  /** Tokens that end a reply: their loss is summed apart from the rest. */
  readonly stopIds?: readonly number[];
}

/** hidden [batch, time, width] -> the loss, and sums of plain cross-entropy on the tokens that end a reply */
export function tokenLoss(
  hidden: Tensor,
  head: LogitHead,
  targets: TokenTargets,
  options: TokenLossOptions = {},
): LossTerms {
  const trained = t.gather(t.flattenRows(hidden), t.cast(targets.rows, "int64")); // [rows, width]
  const found = crossEntropy(trained, head, t.cast(targets.labels, "int64"));
  const losses = tokenLosses(found, options); // [rows]
  return {
    loss: t.mul(t.sumAll(t.mul(losses, targets.weights)), targets.scale),
    sums: stopSums(found, targets, options.stopIds ?? []),
  };
}

/** stop_loss: sum over the labels that end a reply; stop_tokens: how many there are. */
function stopSums({ nll }: CrossEntropy, { labels }: TokenTargets, stopIds: readonly number[]): LossTerms["sums"] {
  const [first, ...more] = stopIds.map((id) => t.cast(t.equal(labels, id), "float32"));
  if (first === undefined) return {};
  const isStop = more.reduce((a, b) => t.add(a, b), first); // [rows]
  return { stop_loss: t.sumAll(t.mul(nll, isStop)), stop_tokens: t.sumAll(isStop) };
}

function tokenLosses({ nll, chosen, mean }: CrossEntropy, options: TokenLossOptions): Tensor {
  const { labelSmoothing = 0, zLoss = 0, dft = false } = options;
  // nll = log sum exp - chosen, so what else is wanted of the vocabulary costs a row each.
  let loss = dft ? t.mul(nll, t.stopGradient(t.exp(t.neg(nll)))) : nll;
  if (labelSmoothing > 0) loss = t.add(loss, t.mul(t.sub(chosen(), mean()), labelSmoothing));
  if (zLoss > 0) {
    const normaliser = t.add(nll, chosen());
    loss = t.add(loss, t.mul(t.mul(normaliser, normaliser), zLoss));
  }
  return loss;
}

interface CrossEntropy {
  /** -log p(label), [rows] */
  readonly nll: Tensor;
  /** The logit of the label, [rows]. */
  readonly chosen: () => Tensor;
  /** The mean of all logits, [rows]. */
  readonly mean: () => Tensor;
}

/** hidden [rows, width], labels int64 [rows] */
function crossEntropy(hidden: Tensor, { matrix, scale = 1, softcap }: LogitHead, labels: Tensor): CrossEntropy {
  const scaled = scale === 1 ? hidden : t.mul(hidden, scale);
  if (softcap === undefined) {
    const dot = (rows: Tensor): Tensor => t.reduceSum(t.mul(scaled, rows), [1], { keepDims: false });
    return {
      nll: t.linearCrossEntropy(scaled, matrix, labels),
      chosen: () => dot(t.gather(matrix, labels)),
      mean: () => dot(t.reduceMean(matrix, [0])),
    };
  }
  const logits = t.mul(t.tanh(t.matmul(scaled, matrix, { transB: true, alpha: 1 / softcap })), softcap);
  const at = (values: Tensor): Tensor => t.squeeze(t.gatherElements(values, t.unsqueeze(labels, [1]), 1), [1]);
  return {
    nll: t.neg(at(t.logSoftmax(logits))),
    chosen: () => at(logits),
    mean: () => t.reduceMean(logits, [1], { keepDims: false }),
  };
}

/** The inputs of {@link TokenTargets}, by the names batches feed. */
export const tokenTargetInputs = {
  /** Places in the flattened [batch, time] whose next token is trained. */
  loss_rows: { dtype: "int32", shape: ["rows"] },
  /** That next token. */
  labels: { dtype: "int32", shape: ["rows"] },
  loss_weights: { dtype: "float32", shape: ["rows"] },
  /** One over the trained tokens of the whole step; the loop feeds it. */
  loss_scale: { dtype: "float32", shape: [] },
} as const;

export function tokenTargetLeaves(): TokenTargets {
  const leaf = (name: keyof typeof tokenTargetInputs): Tensor => {
    const { dtype, shape } = tokenTargetInputs[name];
    return t.input(name, dtype, shape);
  };
  return {
    rows: leaf("loss_rows"),
    labels: leaf("labels"),
    weights: leaf("loss_weights"),
    scale: leaf("loss_scale"),
  };
}
