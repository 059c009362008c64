/** Rows with the most frequent values. Data-Juicer: frequency_specified_field_selector. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineSelector } from "../operator.ts";
import { allRows, checkField, countArg, countOf, fieldArg, ratioArg, readPlainField } from "./field.ts";

const NAME = "frequency_specified_field_selector";

export const frequencySpecifiedFieldSelector = defineSelector({
  name: NAME,
  summary: "Keeps rows with the most frequent values of a field, the rows of one value together.",
  args: {
    field_key: fieldArg,
    top_ratio: ratioArg("Share of the values that stay; with topk the less of both."),
    topk: countArg("Number of values that stay; with top_ratio the less of both."),
    reverse: arg(z.boolean().default(true), "Whether the most frequent values stay, or the rarest."),
  },
  create: (args) => ({
    key: (sample) => (args.field_key === "" ? null : readPlainField(sample, args.field_key)),
    select: (keys) => {
      if (keys.length <= 1 || args.field_key === "") return allRows(keys);
      checkField(NAME, args.field_key, keys);
      const rowsOf = new Map<unknown, number[]>();
      for (const [row, key] of keys.entries()) {
        const value = key ?? null;
        const rows = rowsOf.get(value);
        if (rows === undefined) rowsOf.set(value, [row]);
        else rows.push(row);
      }
      const taken = countOf(rowsOf.size, args.top_ratio, args.topk);
      if (taken === undefined) return allRows(keys);
      const sign = args.reverse ? -1 : 1;
      return [...rowsOf.values()]
        .sort((a, b) => sign * (a.length - b.length))
        .slice(0, taken)
        .flat();
    },
  }),
});
