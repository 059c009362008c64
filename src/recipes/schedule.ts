/** Arguments of a learning-rate schedule, read by the schema of its kind. */
import { schedules, type ScheduleName } from "../optim/index.ts";
import { readNestedArgs } from "./nested-args.ts";
import type { Report } from "./recipe.ts";

interface ScheduleArgs {
  readonly lr_scheduler_type: ScheduleName;
  readonly lr_scheduler_kwargs: Readonly<Record<string, unknown>>;
  readonly learning_rate: number;
}

/** The arguments with their defaults; each mistake is reported with its place. */
export function readScheduleArgs(args: ScheduleArgs, report: Report): Readonly<Record<string, unknown>> {
  const name = args.lr_scheduler_type;
  const { schema, check } = schedules[name];
  const parsed = readNestedArgs(args.lr_scheduler_kwargs, { key: "lr_scheduler_kwargs", name, schema }, report);
  const wrong = parsed === undefined ? undefined : check(parsed, args.learning_rate);
  if (wrong !== undefined) report("lr_scheduler_kwargs", `${name} ${wrong}`);
  return parsed ?? {};
}
