/** What a loss gives of one batch. */
import type { Tensor } from "../tensor/graph.ts";

export interface LossTerms {
  /** What is lowered, a scalar, times the input `loss_scale`. */
  readonly loss: Tensor;
  /** Scalars to look at: sums over the batch, not scaled, which are added up over batches. */
  readonly sums: Readonly<Record<string, Tensor>>;
}
