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
  differs: `The list that comes with the package is another than Data-Juicer downloads. ${tokenizationDiffers}`,
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
