/** Share of the most frequent n-grams of characters that repeat. Data-Juicer: character_repetition_filter. */
import * as z from "zod";
import { arg, keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { codePointsOf, countNgrams } from "../text/ngrams.ts";

export const characterRepetitionFilter = defineFilter({
  name: "character_repetition_filter",
  summary: "Keeps rows whose share of repeated character n-grams is in a range.",
  args: {
    rep_len: arg(z.number().int().min(1).default(10), "Characters of an n-gram."),
    ...rangeArgs("ratio", "share", { min: 0, max: 0.5 }),
  },
  stats: ["char_rep_ratio"],
  cost: 8,
  create: (args) => ({
    stats: ["char_rep_ratio"],
    measure: (sample) => {
      const { sequence, length } = codePointsOf(sample.text(args.text_key));
      const { total, distinct, repeated } = countNgrams(sequence, length, args.rep_len);
      const most = Math.min(Math.floor(Math.sqrt(distinct)), repeated.length);
      const top = repeated.toSorted((a, b) => b - a).slice(0, most);
      return { char_rep_ratio: total === 0 ? 0 : top.reduce((sum, count) => sum + count, 0) / total };
    },
    keep: keepInRange(args, "ratio", "char_rep_ratio"),
  }),
});
