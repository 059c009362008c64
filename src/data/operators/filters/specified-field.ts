/** Value of a field in a list. Data-Juicer: specified_field_filter. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineFilter, type StatValue } from "../operator.ts";
import { fieldValue } from "./field-value.ts";

export const specifiedFieldFilter = defineFilter({
  name: "specified_field_filter",
  summary: "Keeps rows whose field has one of the given values; of a list, each must be one of them.",
  args: {
    field_key: arg(z.string().default(""), "The field; a.b is b inside of a."),
    target_value: arg(z.array(z.union([z.string(), z.number(), z.boolean()])).default([]), "Values of rows that stay."),
  },
  create: ({ field_key: key, target_value: targets, reversed_range: reversed }) => {
    if (key === "") return { stats: [], measure: () => ({}), keep: () => true };
    const wanted: ReadonlySet<unknown> = new Set(targets);
    return {
      stats: [key],
      measure: (sample) => ({ [key]: fieldValue(sample, key) as StatValue }),
      keep: (stats) => {
        if (wanted.size === 0) return true;
        const value = stats[key];
        const values: readonly unknown[] = Array.isArray(value) ? value : [value];
        return values.every((one) => wanted.has(one)) !== reversed;
      },
    };
  },
});
