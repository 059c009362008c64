/** The share of a text's refined words that are in a list. */
import type { Sample } from "../sample.ts";
import { wordCut } from "./word-cut.ts";
import { createWordCounter, wordTable } from "./word-table.ts";
import { augmentWords, type WordAugmentation } from "./words.ts";

interface ListShareOptions extends WordAugmentation {
  readonly tokenization: boolean;
}

export function createListShare(
  list: ReadonlySet<string>,
  options: ListShareOptions,
): (sample: Sample, key: string) => number {
  if (!options.tokenization && !options.use_words_aug) {
    const count = createWordCounter(list);
    return (sample, key) => {
      const table = wordTable(sample.text(key));
      return table.count === 0 ? 0 : count(table) / table.count;
    };
  }
  const cut = wordCut(options.tokenization);
  return (sample, key) => {
    const words = augmentWords(sample.view(cut, key), options);
    let found = 0;
    for (const word of words) if (list.has(word)) found++;
    return words.length === 0 ? 0 : found / words.length;
  };
}
