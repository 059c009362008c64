/** Share of n-grams of words that repeat. Data-Juicer: word_repetition_filter. */
import * as z from "zod";
import { arg, keepInRange, langArg, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { countNgrams } from "../text/ngrams.ts";
import { tokenizationArg, tokenizationDiffers, wordCut } from "../text/word-cut.ts";
import { wordNumbers, wordTable } from "../text/word-table.ts";

export const wordRepetitionFilter = defineFilter({
  name: "word_repetition_filter",
  summary: "Keeps rows whose share of repeated word n-grams is in a range.",
  args: {
    lang: langArg,
    tokenization: tokenizationArg,
    rep_len: arg(z.number().int().min(1).default(10), "Words of an n-gram."),
    ...rangeArgs("ratio", "share", { min: 0, max: 0.5 }),
  },
  stats: ["word_rep_ratio"],
  cost: 6,
  differs: tokenizationDiffers,
  create: (args) => {
    const cut = wordCut(true);
    return {
      stats: ["word_rep_ratio"],
      measure: (sample) => {
        const { sequence, length } = args.tokenization
          ? numbersOf(sample.view(cut, args.text_key))
          : numbersIn(sample.text(args.text_key));
        const { total, repeated } = countNgrams(sequence, length, args.rep_len);
        return { word_rep_ratio: total === 0 ? 0 : repeated.reduce((sum, count) => sum + count, 0) / total };
      },
      keep: keepInRange(args, "ratio", "word_rep_ratio"),
    };
  },
});

function numbersIn(text: string): { readonly sequence: Int32Array; readonly length: number } {
  const table = wordTable(text);
  return { sequence: wordNumbers(table), length: table.count };
}

/** Words as numbers, equal words as equal ones. */
function numbersOf(words: readonly string[]): { readonly sequence: Int32Array; readonly length: number } {
  const known = new Map<string, number>();
  const sequence = new Int32Array(words.length);
  for (const [i, word] of words.entries()) {
    const number = known.get(word) ?? known.size;
    if (number === known.size) known.set(word, number);
    sequence[i] = number;
  }
  return { sequence, length: words.length };
}
