/** Share of stop words. Data-Juicer: stopwords_filter. */
import * as z from "zod";
import { arg, keepInRange, langArg, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { createListShare } from "../text/list-share.ts";
import { tokenizationArg, tokenizationDiffers } from "../text/word-cut.ts";
import { loadWordList } from "../text/word-lists.ts";
import { wordAugmentationArgs } from "../text/words.ts";

export const stopwordsFilter = defineFilter({
  name: "stopwords_filter",
  summary: "Keeps rows whose share of stop words is in a range.",
  args: {
    lang: langArg,
    tokenization: tokenizationArg,
    ...rangeArgs("ratio", "share", { min: 0.3, max: 1 }),
    stopwords_dir: arg(z.string().min(1).optional(), "Folder of lists, JSON files with stopwords in their names."),
    ...wordAugmentationArgs,
  },
  stats: ["stopwords_ratio"],
  cost: 6,
  differs:
    "The lists that come with the package are others than Data-Juicer downloads (those of BigScience's ROOTS). Beside " +
    "them the mean ratio of English texts differs by 0.001 to 0.002, and 497 of 500 AG News texts and all answers of " +
    "GSM8K are decided alike at 0.3; of the Universal Declaration's paragraphs all of Spanish and French, 97% of " +
    "Portuguese and Indonesian, 98% of Catalan and Vietnamese, 90% of Arabic, 83% of Urdu, 63% of Bengali, 45% of " +
    "Basque, 5% of Hindi. Give stopwords_dir where that matters. With tokenization listed words are found in those of ICU. " +
    tokenizationDiffers,
  create: (args, tools) => {
    const { stopwords_dir: folder, lang } = args;
    const list = loadWordList({
      kind: "stopwords",
      folder: folder === undefined ? undefined : tools.resolve(folder),
      lang,
    });
    const share = createListShare(list, args);
    return {
      stats: ["stopwords_ratio"],
      measure: (sample) => ({ stopwords_ratio: share(sample, args.text_key) }),
      keep: keepInRange(args, "ratio", "stopwords_ratio"),
    };
  },
});
