/** Share of the most frequent n-grams of characters that repeat. Data-Juicer: character_repetition_filter. */
import * as z from "zod";
import { arg, keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { characterRepetition } from "../text/character-repetition.ts";

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
    measure: (sample) => ({ char_rep_ratio: characterRepetition(sample.text(args.text_key), args.rep_len) }),
    keep: keepInRange(args, "ratio", "char_rep_ratio"),
  }),
});
