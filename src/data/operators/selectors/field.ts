/** The field that a selector looks at, as its arguments name it. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { show } from "../../shapes/shape.ts";
import { arg } from "../args.ts";
import type { Sample } from "../sample.ts";

export const fieldArg = arg(
  z.string().default(""),
  "Field of the rows: `meta.date` is field date inside of meta, `__dj__stats__.text_len` a statistic. All rows stay without it.",
);

export const ratioArg = (what: string) => arg(z.number().min(0).max(1).nullable().default(null), what);

export const countArg = (what: string) => arg(z.number().int().min(1).nullable().default(null), what);

const STATS = "__dj__stats__.";

/** The value of a field or of a statistic; undefined where there is none. */
export function readField(sample: Sample, key: string): unknown {
  const value = sample.field(key);
  return value === undefined && key.startsWith(STATS) ? sample.stats[key.slice(STATS.length)] : value;
}

/** A value that can be compared for equality: text, number, yes or no, nothing. @throws E_DATA_ROW for others */
export function readPlainField(sample: Sample, key: string): string | number | boolean | null | undefined {
  const value = readField(sample, key);
  if (typeof value === "bigint") return Number(value);
  if (value === undefined || value === null || ["string", "number", "boolean"].includes(typeof value)) {
    return value as string | number | boolean | null | undefined;
  }
  return fail("E_DATA_ROW", {
    where: sample.origin,
    what: `${key} is ${show(value)}, wants a text, a number or nothing.`,
    fix: "Correct the row, or name another field.",
  });
}

/** @throws E_DATA_SELECTION when no row has the field */
export function checkField(operator: string, key: string, values: readonly unknown[]): void {
  if (values.some((value) => value !== undefined)) return;
  fail("E_DATA_SELECTION", {
    where: operator,
    what: `no row has the field ${key}.`,
    fix: "Name a field of the rows, or a statistic that was measured before, as __dj__stats__.NAME.",
  });
}

/** Numbers of all rows. */
export const allRows = (rows: readonly unknown[]): readonly number[] => rows.map((_, row) => row);

/**
 * How many are taken: a share of `total`, a number, or the less of both; undefined when neither is given. A share of
 * 0 counts as not given, as in Data-Juicer.
 */
export function countOf(total: number, ratio: number | null, most: number | null): number | undefined {
  if (ratio === null || ratio === 0) return most ?? undefined;
  return Math.trunc(Math.min(ratio * total, most ?? Number.POSITIVE_INFINITY));
}
