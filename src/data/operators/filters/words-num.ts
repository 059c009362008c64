/** Number of words. Data-Juicer: words_num_filter. */
import * as z from "zod";
import { arg, keepInRange, langArg, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { refinedWords } from "../text/words.ts";

export const wordsNumFilter = defineFilter({
  name: "words_num_filter",
  summary: "Keeps rows whose number of words is in a range.",
  args: {
    lang: langArg,
    tokenization: arg(z.literal(false).default(false), "Words are cut at blanks; cutting by a model is not supported."),
    ...rangeArgs("num", "number of words", { min: 10, integer: true }),
  },
  stats: ["num_words"],
  cost: 5,
  create: (args) => ({
    stats: ["num_words"],
    measure: (sample) => ({ num_words: sample.view(refinedWords, args.text_key).length }),
    keep: keepInRange(args, "num", "num_words"),
  }),
});
