/** Words and lines of a text as Data-Juicer cuts them (data_juicer/ops/common/helper_func.py). */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineView } from "../view.ts";
import { stripSpecial } from "./characters.ts";

const [TAB, NEWLINE, SPACE] = [0x09, 0x0a, 0x20];

/** Pieces between spaces, tabs and line ends; no empty ones. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let start = -1;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === SPACE || unit === NEWLINE || unit === TAB) {
      if (start >= 0) words.push(text.slice(start, i));
      start = -1;
    } else if (start < 0) start = i;
  }
  if (start >= 0) words.push(text.slice(start));
  return words;
}

/** Words in lower case without special characters at their ends; what is then empty is left out. */
export const refinedWords = defineView("refinedWords", (text): readonly string[] => refineWords(splitWords(text)));

export function refineWords(list: readonly string[]): readonly string[] {
  const refined: string[] = [];
  for (const word of list) {
    const bare = stripSpecial(word.toLowerCase());
    if (bare !== "") refined.push(bare);
  }
  return refined;
}

export const wordAugmentationArgs = {
  use_words_aug: arg(z.boolean().default(false), "Looks at groups of neighbouring words as well."),
  words_aug_group_sizes: arg(z.array(z.number().int().min(1)).default([2]), "Sizes of groups."),
  words_aug_join_char: arg(z.string().default(""), "What joins the words of a group."),
} as const;

export interface WordAugmentation {
  readonly use_words_aug: boolean;
  readonly words_aug_group_sizes: readonly number[];
  readonly words_aug_join_char: string;
}

/** Words, and behind them their groups of neighbours: for languages without spaces between words. */
export function augmentWords(list: readonly string[], options: WordAugmentation): readonly string[] {
  if (!options.use_words_aug) return list;
  const groups = options.words_aug_group_sizes.flatMap((size) =>
    Array.from({ length: Math.max(0, list.length - size + 1) }, (_, i) =>
      list.slice(i, i + size).join(options.words_aug_join_char),
    ),
  );
  return [...list, ...groups];
}

// oxlint-disable-next-line no-control-regex -- the separators of records and units end lines in Python
const lineEnd = /\r\n|[\n\r\v\f\u001C-\u001E\u0085\u2028\u2029]/;

/** Lines without their ends, as `str.splitlines` of Python: a line end at the end begins no further line. */
export function splitLines(text: string): readonly string[] {
  if (text === "") return [];
  const list = text.split(lineEnd);
  if (list.at(-1) === "") list.pop();
  return list;
}
