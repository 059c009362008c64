/** Sentences that stood in the text before. Data-Juicer: remove_repeat_sentences_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";
import { countCharacters } from "../text/characters.ts";
import { strip } from "../text/python-strings.ts";

/** Ends of sentences in Chinese and English; a closing quotation mark belongs to what it closes. */
const ends = [
  /([.。！!？?])([^’”])/gu,
  /(\.{6})([^’”])/gu,
  /(…{2})([^’”])/gu,
  /([.。!！？?{6}…{2}][’”])([^’”])/gu,
] as const;

const splitSentences = (line: string): readonly string[] =>
  ends.reduce((text, end) => text.replaceAll(end, "$1\n$2"), line).split("\n");

export const removeRepeatSentencesMapper = defineTextMapper({
  name: "remove_repeat_sentences_mapper",
  summary: "Removes sentences that stood in the text before.",
  args: {
    lowercase: arg(z.boolean().default(false), "Compares in lower case."),
    ignore_special_character: arg(z.boolean().default(true), "Compares letters, digits, Chinese and blanks alone."),
    min_repeat_sentence_length: arg(z.number().int().default(2), "Shorter sentences always stay."),
    tokenizer: arg(z.null().default(null), "A function of one's own that cuts sentences is not supported."),
  },
  cost: 8,
  differs: "There is no tokenizer: a Python function that cuts sentences cannot be given.",
  create: ({ lowercase, ignore_special_character: plain, min_repeat_sentence_length: least }) => {
    const keyOf = (sentence: string): string => {
      const stripped = strip(sentence);
      const cased = lowercase ? stripped.toLowerCase() : stripped;
      return plain ? cased.replaceAll(/[^a-zA-Z0-9\u4E00-\u9FA5\n\t ]/gu, "") : cased;
    };
    return (text) => {
      const seen = new Set<string>();
      const stays = (sentence: string): boolean => {
        const key = keyOf(sentence);
        if (countCharacters(key) < least) return true;
        const known = seen.has(key);
        seen.add(key);
        return !known;
      };
      return text
        .split("\n")
        .map((line) => (line === "" ? "" : splitSentences(line).filter(stays).join("")))
        .join("\n");
    };
  },
});
