/** Share of flagged words. Data-Juicer: flagged_words_filter. */
import * as z from "zod";
import { arg, keepInRange, langArg, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { createListShare } from "../text/list-share.ts";
import { tokenizationArg, tokenizationDiffers } from "../text/word-cut.ts";
import { loadWordList } from "../text/word-lists.ts";
import { wordAugmentationArgs } from "../text/words.ts";

export const flaggedWordsFilter = defineFilter({
  name: "flagged_words_filter",
  summary: "Keeps rows whose share of flagged words is in a range.",
  args: {
    lang: langArg,
    tokenization: tokenizationArg,
    ...rangeArgs("ratio", "share", { min: 0, max: 0.045 }),
    flagged_words_dir: arg(
      z.string().min(1).optional(),
      "Folder of lists, JSON files with flagged_words in their names.",
    ),
    ...wordAugmentationArgs,
  },
  stats: ["flagged_words_ratio"],
  cost: 6,
  differs:
    "The lists that come with the package are others than Data-Juicer downloads (those of BigScience's ROOTS, which hold " +
    "words of pornography alone): 23 languages, English with swear words, so that 18 of 1,156 replies of HH-RLHF are " +
    "above 0.045, 1 beside those lists. Give flagged_words_dir where that " +
    `matters. ${tokenizationDiffers}`,
  create: (args, tools) => {
    const { flagged_words_dir: folder, lang } = args;
    const list = loadWordList({
      kind: "flagged_words",
      folder: folder === undefined ? undefined : tools.resolve(folder),
      lang,
    });
    const share = createListShare(list, args);
    return {
      stats: ["flagged_words_ratio"],
      measure: (sample) => ({ flagged_words_ratio: share(sample, args.text_key) }),
      keep: keepInRange(args, "ratio", "flagged_words_ratio"),
    };
  },
});
