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
  differs: `The list that comes with the package is another than Data-Juicer downloads. ${tokenizationDiffers}`,
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
