/** Number of words. Data-Juicer: words_num_filter. */
import { keepInRange, langArg, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { characterCounts } from "../text/characters.ts";
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
  cost: 1,
  differs: tokenizationDiffers,
  create: (args) => {
    // Unlike elsewhere, words are not turned into lower case: Ø is none of the special characters, ø is.
    const cut = wordCut(true);
    return {
      stats: ["num_words"],
      measure: (sample) => ({
        num_words: args.tokenization
          ? sample.view(cut, args.text_key).length
          : sample.view(characterCounts, args.text_key).words,
      }),
      keep: keepInRange(args, "num", "num_words"),
    };
  },
});
