/** Number in a field. Data-Juicer: specified_numeric_field_filter. */
import * as z from "zod";
import { arg, rangeArgs, rangeTest } from "../args.ts";
import { defineFilter, type StatValue } from "../operator.ts";
import { fieldValue } from "./field-value.ts";

export const specifiedNumericFieldFilter = defineFilter({
  name: "specified_numeric_field_filter",
  summary: "Keeps rows whose field holds a number in a range; what is no number is dropped.",
  args: {
    field_key: arg(z.string().default(""), "The field; a.b is b inside of a."),
    ...rangeArgs("value", "number"),
  },
  create: (args) => {
    const { field_key: key } = args;
    if (key === "") return { stats: [], measure: () => ({}), keep: () => true };
    const inside = rangeTest(args, "value");
    return {
      stats: [key],
      measure: (sample) => ({ [key]: fieldValue(sample, key) as StatValue }),
      keep: (stats) => {
        const number = numberOf(stats[key]);
        return number !== undefined && inside(number);
      },
    };
  },
});

/** A number, also as text, as Python's `float` reads it. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  return /^[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text.replaceAll("_", "")) : undefined;
}
