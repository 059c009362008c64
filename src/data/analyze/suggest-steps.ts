/**
 * Thresholds at three standard deviations around the mean, as Data-Juicer's published recipes choose theirs. A bound
 * that would drop nothing, because no row lies beyond it, is left out; so is a filter without one. Nothing is suggested
 * from a few rows.
 */
import type { z } from "zod";
import { operatorOf, type Step } from "../engine/steps.ts";
import type { Statistic, SuggestedStep } from "./analysis.ts";

const SIGMAS = 3;
/** Of fewer rows a deviation says little. */
const LEAST_ROWS = 30;

/** One step for each operator with a range for its statistic. */
export function suggestSteps(statistics: readonly Statistic[], steps: readonly Step[]): readonly SuggestedStep[] {
  return statistics.flatMap((statistic) => {
    const { numbers, name, operator } = statistic;
    const step = steps.find((one) => one.name === operator);
    if (step === undefined || numbers === undefined || numbers.std === null || numbers.std === 0) return [];
    if (numbers.count < LEAST_ROWS) return [];
    const { mean, std, min, max, whole } = numbers;
    const range = rangeOf(operatorOf(step).schema.shape, operatorOf(step).stats.length);
    if (range === undefined) return [];
    const args: (readonly [string, number])[] = [];
    const low = rounded(mean - SIGMAS * std, whole, Math.floor);
    const high = rounded(mean + SIGMAS * std, whole, Math.ceil);
    // A default of the operator that would cut deeper gives way to what the rows have.
    const bound = (key: string): number => Number(step.args[key] ?? Number.NaN);
    if (range.min !== undefined && low > min) args.push([range.min, low]);
    else if (range.min !== undefined && bound(range.min) > min) args.push([range.min, rounded(min, whole, Math.floor)]);
    if (range.max !== undefined && high < max) args.push([range.max, high]);
    else if (range.max !== undefined && bound(range.max) < max) args.push([range.max, rounded(max, whole, Math.ceil)]);
    return args.length === 0 ? [] : [{ operator, statistic: name, args, mean, std }];
  });
}

/** The arguments that bound a statistic: the one pair of `min_...` and `max_...` that an operator has, or one of them. */
function rangeOf(shape: Readonly<Record<string, z.core.$ZodType>>, stats: number) {
  const names = Object.keys(shape).filter((key) => !key.endsWith("_closed_interval"));
  const mins = names.filter((key) => key.startsWith("min_"));
  const maxs = names.filter((key) => key.startsWith("max_"));
  if (stats !== 1 || mins.length > 1 || maxs.length > 1 || mins.length + maxs.length === 0) return undefined;
  return { min: mins[0], max: maxs[0] };
}

/** Outwards, to a whole number or to three digits that mean something. */
function rounded(value: number, whole: boolean, round: (value: number) => number): number {
  if (whole || value === 0) return round(value);
  const scale = 10 ** (2 - Math.floor(Math.log10(Math.abs(value))));
  return Number((round(value * scale) / scale).toPrecision(6));
}
