/** Methods of merging by the names that mergekit gave them. */
import { linear } from "./linear.ts";
import type { MergeMethod } from "./method.ts";
import { slerp } from "./slerp.ts";
import { dareLinear, dareTies, taskArithmetic, ties } from "./task-arithmetic.ts";

export const mergeMethods = {
  linear,
  slerp,
  task_arithmetic: taskArithmetic,
  ties,
  dare_linear: dareLinear,
  dare_ties: dareTies,
} as const satisfies Readonly<Record<string, MergeMethod>>;

export type MergeMethodName = keyof typeof mergeMethods;
