/**
 * What an n-gram model calls the sentences of a text, when it is trained and when it scores: as Data-Juicer's
 * perplexity_filter cuts it, the whole text, with line ends taken for blanks, is one sentence; only other separators
 * inside of words (page breaks, U+2028) end one.
 */
import { splitLines, splitWords } from "../operators/text/words.ts";
import { pythonBlank } from "../operators/text/python-strings.ts";

/** Cuts a text into pieces: the tokens of a tokenizer. */
export type Pieces = (text: string) => readonly string[];

const blanks = new RegExp(`[${pythonBlank}]+`);

/** Halves of characters, which no file of UTF-8 can hold. */
const halves = /\p{Cs}/gu;

/** Words of each sentence. Pieces are words at blanks unless they are given. */
export const cutSentences = (text: string, pieces: Pieces = splitWords): readonly (readonly string[])[] =>
  splitLines(pieces(text.replaceAll(halves, "\uFFFD")).join(" ")).map((line) =>
    line.split(blanks).filter((word) => word !== ""),
  );
