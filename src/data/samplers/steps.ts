/** Steps of a run, and a step's samples cut into micro-batches. */
import type { OrderContext } from "./sampler.ts";

/** Steps of a run by its epochs, or as many as were asked for. */
export function stepsOfRun(
  stepsPerEpoch: number,
  { epochs, maxSteps }: Pick<OrderContext, "epochs" | "maxSteps">,
): number {
  return maxSteps ?? Math.max(1, Math.ceil(epochs * stepsPerEpoch));
}

export function cutBatches(samples: readonly number[], batchSize: number): readonly (readonly number[])[] {
  const batches: (readonly number[])[] = [];
  for (let at = 0; at < samples.length; at += batchSize) batches.push(samples.slice(at, at + batchSize));
  return batches;
}
