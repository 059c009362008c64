/** Arguments that samplers share: which column, and how many samples. */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import type { ReportArg } from "./sampler.ts";

/** Gives an argument its text; docs/samplers.md and messages read it back. */
export function arg<Schema extends z.ZodType>(schema: Schema, description: string): Schema {
  return schema.meta({ description }) as Schema;
}

export const budgetArgs = {
  ratio: arg(z.number().positive().max(1).optional(), "Share of the samples that is kept. This or count."),
  count: arg(z.number().int().min(1).optional(), "Number of samples that are kept. This or ratio."),
} as const;

export interface BudgetArgs {
  readonly ratio?: number | undefined;
  readonly count?: number | undefined;
}

export function checkBudget({ ratio, count }: BudgetArgs, report: ReportArg): void {
  if (ratio === undefined && count === undefined) report("ratio", "is needed, or count.");
  if (ratio !== undefined && count !== undefined) report("count", "cannot be given together with ratio.");
}

/** How many of `size` samples are kept, at least one. @throws E_DATA_SELECTION when there are fewer */
export function budgetOf({ ratio, count }: BudgetArgs, size: number, where: string): number {
  const wanted = count ?? Math.max(1, Math.round((ratio ?? 1) * size));
  if (wanted > size) {
    fail("E_DATA_SELECTION", {
      where,
      what: `${wanted} samples are to be kept, and there are ${size}.`,
      fix: "Lower the count, or give more rows.",
    });
  }
  return wanted;
}
