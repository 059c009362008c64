/** Optimizers and schedules by the names recipes use. */
import { adamw } from "./adamw.ts";
import type { Optimizer } from "./optimizer.ts";
import { sgd } from "./sgd.ts";

/** Every number an optimizer of the table may want; each takes what it knows. */
export interface OptimizerNumbers {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly momentum: number;
}

export { adamw } from "./adamw.ts";
export { sgd } from "./sgd.ts";

export const optimizers = {
  adamw,
  sgd,
} as const satisfies Record<string, (numbers: OptimizerNumbers) => Optimizer>;

export { scheduleFactor, schedules, type ScheduleName } from "./schedules.ts";
export type { Optimizer } from "./optimizer.ts";
