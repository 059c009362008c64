/**
 * Floating-point operations of a training step, counted as the field does (Kaplan et al. 2020, section 2.1): a
 * product of a weight with a token is 2, forward; backward is twice that for trained weights, once for frozen
 * ones, whose own gradient is not needed. Attention scores and mixtures are added, causality not subtracted.
 */
import { describe } from "../src/models/describe.ts";
import type { Model } from "../src/models/model.ts";

export interface StepShape {
  readonly batch: number;
  readonly time: number;
  /** Numbers in adapter matrices; 0 for full training. */
  readonly adapterParameters: number;
  readonly full: boolean;
}

export function stepFlops(model: Model, { batch, time, adapterParameters, full }: StepShape): number {
  const { modules, caches } = describe(model);
  const matrices = modules.reduce((sum, { inSize, outSize }) => sum + inSize * outSize, 0);
  const tokens = batch * time;
  const scores = caches.reduce((sum, { heads, headDim }) => sum + 2 * 2 * batch * time * time * heads * headDim, 0);
  return (full ? 6 : 4) * matrices * tokens + 6 * adapterParameters * tokens + 3 * scores;
}
