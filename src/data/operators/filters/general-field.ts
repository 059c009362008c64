/** A condition on fields. Data-Juicer: general_field_filter. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineFilter, type StatValue } from "../operator.ts";
import { parseCondition } from "../text/condition.ts";

const STAT = "general_field_filter_condition";

export const generalFieldFilter = defineFilter({
  name: "general_field_filter",
  summary: "Keeps rows for which a condition on their fields is true.",
  args: {
    filter_condition: arg(
      z.string().default(""),
      "Comparisons of fields, numbers, texts and lists, joined by and, or, not: 10 < num <= 30 and lang in ['en'].",
    ),
  },
  stats: [STAT],
  differs: "What is compared must be of one type; Python's attributes of values cannot be reached.",
  create: ({ filter_condition: source }) => {
    if (source.trim() === "") return { stats: [], measure: () => ({}), keep: () => true };
    const condition = parseCondition(source, "general_field_filter.filter_condition");
    return {
      stats: [STAT],
      measure: (sample) => ({
        [STAT]: condition((name) =>
          name.startsWith("__dj__stats__.") ? sample.stats[name.slice(14)] : sample.field(name),
        ) as StatValue,
      }),
      keep: (stats) => Boolean(stats[STAT]),
    };
  },
});
