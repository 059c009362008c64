/** Share of letters and numbers. Data-Juicer: alphanumeric_filter. */
import * as z from "zod";
import { arg, keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { characterCounts } from "../text/characters.ts";

export const alphanumericFilter = defineFilter({
  name: "alphanumeric_filter",
  summary: "Keeps rows whose share of letters and numbers is in a range.",
  args: {
    tokenization: arg(z.literal(false).default(false), "Counts characters; counting tokens is not supported."),
    ...rangeArgs("ratio", "share", { min: 0.25 }),
  },
  stats: ["alnum_ratio"],
  create: (args) => ({
    stats: ["alnum_ratio"],
    measure: (sample) => {
      const { length, alphanumeric } = sample.view(characterCounts, args.text_key);
      return { alnum_ratio: length === 0 ? 0 : alphanumeric / length };
    },
    keep: keepInRange(args, "ratio", "alnum_ratio"),
  }),
});
