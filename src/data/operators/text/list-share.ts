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
    const cutWords = sample.view(cut, key);
    const words = augmentWords(options.tokenization ? fitWords(cutWords, list) : cutWords, options);
    let found = 0;
    for (const word of words) if (list.has(word)) found++;
    return words.length === 0 ? 0 : found / words.length;
  };
}

const MOST_PIECES = 4;

const isLatin = /\p{Script=Latin}/u;

/**
 * Words of ICU as words of the list. Its dictionary cuts some of those to pieces, which are joined again, and it holds
 * short phrases ("you are" of Chinese): what is not listed but has listed characters alone counts as those.
 */
function fitWords(words: readonly string[], list: ReadonlySet<string>): readonly string[] {
  const fitted: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    const joined = longestListed(words, i, list);
    if (joined > 1) {
      fitted.push(words.slice(i, i + joined).join(""));
      i += joined - 1;
    } else {
      const characters = list.has(word) ? [] : [...word];
      if (characters.length > 1 && characters.every((character) => list.has(character))) fitted.push(...characters);
      else fitted.push(word);
    }
  }
  return fitted;
}

/** How many words from a place on make one of the list; 0 for none. */
function longestListed(words: readonly string[], start: number, list: ReadonlySet<string>): number {
  let text = "";
  let longest = 0;
  for (let count = 1; count <= MOST_PIECES && start + count <= words.length; count++) {
    const word = words[start + count - 1] as string;
    // Words between blanks are whole.
    if (isLatin.test(word)) break;
    text += word;
    if (list.has(text)) longest = count;
  }
  return longest;
}
