/** Rows in a window of the order. Data-Juicer: range_specified_field_selector. */
import { defineSelector } from "../operator.ts";
import { allRows, checkField, countArg, fieldArg, ratioArg, readField } from "./field.ts";
import { BEYOND, ascending, descending, numberOf, numbersOr } from "./order.ts";

const NAME = "range_specified_field_selector";

interface Bounds {
  readonly lower_percentile: number | null;
  readonly upper_percentile: number | null;
  readonly lower_rank: number | null;
  readonly upper_rank: number | null;
}

/** Ranks between which rows stay; undefined unless both sides are given. */
function boundsOf(rows: number, bounds: Bounds): readonly [lower: number, upper: number] | undefined {
  const { lower_percentile: low, upper_percentile: high, lower_rank: first, upper_rank: last } = bounds;
  if ((low === null && first === null) || (high === null && last === null)) return undefined;
  const lower = Math.max(low === null ? 0 : Math.trunc(low * rows), first ?? 0);
  const upper = Math.min(high === null ? rows : Math.trunc(high * rows), last ?? Number.POSITIVE_INFINITY);
  return [lower, Math.max(lower, upper)];
}

export const rangeSpecifiedFieldSelector = defineSelector({
  name: NAME,
  summary: "Keeps rows whose field is in a window of ranks, the greatest first. Both ends must be given.",
  args: {
    field_key: fieldArg,
    lower_percentile: ratioArg("Share of the least rows that go; with lower_rank the more of both."),
    upper_percentile: ratioArg("Share of the least rows up to which rows stay; with upper_rank the less of both."),
    lower_rank: countArg("Number of the least rows that go; with lower_percentile the more of both."),
    upper_rank: countArg("Number of the least rows up to which rows stay; with upper_percentile the less of both."),
  },
  create: (args) => ({
    key: (sample) => {
      if (args.field_key === "") return null;
      const value = readField(sample, args.field_key);
      // What is no number comes first of all, but counts as a value.
      return value === undefined ? undefined : (numberOf(value) ?? null);
    },
    select: (keys) => {
      const bounds = boundsOf(keys.length, args);
      if (keys.length <= 1 || args.field_key === "" || bounds === undefined) return allRows(keys);
      checkField(NAME, args.field_key, keys);
      const values = numbersOr(-BEYOND, keys);
      const [lower, upper] = bounds;
      const least = ascending(allRows(keys), values).slice(0, upper);
      return descending(least, values).slice(0, upper - lower);
    },
  }),
});
