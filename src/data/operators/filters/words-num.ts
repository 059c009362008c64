/** Number of words. Data-Juicer: words_num_filter. */
import { keepInRange, langArg, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { tokenizationArg, tokenizationDiffers, wordCut } from "../text/word-cut.ts";

export const wordsNumFilter = defineFilter({
  name: "words_num_filter",
  summary: "Keeps rows whose number of words is in a range.",
  args: {
    lang: langArg,
    tokenization: tokenizationArg,
    ...rangeArgs("num", "number of words", { min: 10, integer: true }),
  },
  stats: ["num_words"],
  cost: 5,
  differs: tokenizationDiffers,
  create: (args) => {
    const cut = wordCut(args.tokenization);
    return {
      stats: ["num_words"],
      measure: (sample) => ({ num_words: sample.view(cut, args.text_key).length }),
      keep: keepInRange(args, "num", "num_words"),
    };
  },
});
