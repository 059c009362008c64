/** Arguments of an optimizer, read by the schema of its kind, and what it asks of the rest of the run. */
import { optimizers, schedules, type OptimizerName, type ScheduleName } from "../optim/index.ts";
import { readNestedArgs } from "./nested-args.ts";
import type { Report } from "./recipe.ts";

interface OptimizerArgs {
  readonly optim: OptimizerName;
  readonly optim_args: Readonly<Record<string, unknown>>;
  readonly lr_scheduler_type: ScheduleName;
  readonly lisa_activated_layers: number;
  readonly module_lr: Readonly<Record<string, number>>;
}

/** The arguments with their defaults; each mistake is reported with its place. */
export function readOptimizerArgs(args: OptimizerArgs, report: Report): Readonly<Record<string, unknown>> {
  const { schema, flatRate } = optimizers[args.optim];
  if (flatRate && schedules[args.lr_scheduler_type].falls) {
    report(
      "lr_scheduler_type",
      `must be constant or constant_with_warmup for ${args.optim}, which averages its steps.`,
    );
  }
  if (args.lisa_activated_layers > 0 && args.optim === "badam") {
    report("lisa_activated_layers", "cannot be given together with optim badam, which says itself which layers move.");
  }
  for (const pattern of Object.keys(args.module_lr)) {
    if (!isRegex(pattern)) report("module_lr", `is not a regular expression: ${pattern}`);
  }
  return readNestedArgs(args.optim_args, { key: "optim_args", name: args.optim, schema }, report) ?? {};
}

export function isRegex(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
