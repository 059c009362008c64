/**
 * Learning-rate schedules as pure functions of the step, after transformers' get_scheduler: the factor used
 * at the n-th update (counting from 0) of `totalSteps`, with `warmupSteps` of linear warmup.
 */
import { internal } from "../base/errors.ts";

export interface ScheduleSpan {
  readonly warmupSteps: number;
  readonly totalSteps: number;
}

/** `update` counts from 0. Returns what the peak learning rate is multiplied by. */
export type Schedule = (update: number, span: ScheduleSpan) => number;

function warmed(after: (progress: number) => number): Schedule {
  return (update, { warmupSteps, totalSteps }) => {
    if (update < warmupSteps) return update / Math.max(1, warmupSteps);
    return after((update - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  };
}

export const schedules = {
  constant: () => 1,
  constant_with_warmup: warmed(() => 1),
  linear: warmed((progress) => Math.max(0, 1 - progress)),
  /** Half a cosine, from 1 to 0. */
  cosine: warmed((progress) => Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)))),
} as const satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof schedules;

export function scheduleFactor(name: ScheduleName, update: number, span: ScheduleSpan): number {
  if (update < 0) internal("a schedule starts at update 0");
  return schedules[name](update, span);
}
