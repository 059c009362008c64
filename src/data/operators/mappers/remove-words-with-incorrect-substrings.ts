/** Words with parts that no word has. Data-Juicer: remove_words_with_incorrect_substrings_mapper. */
import * as z from "zod";
import { arg, langArg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";
import { stripSpecial } from "../text/characters.ts";
import { filterWords } from "../text/filter-words.ts";

export const removeWordsWithIncorrectSubstringsMapper = defineTextMapper({
  name: "remove_words_with_incorrect_substrings_mapper",
  summary: "Removes words that contain one of given texts.",
  args: {
    lang: langArg,
    tokenization: arg(z.literal(false).default(false), "Words are cut at blanks; cutting by a model is not supported."),
    substrings: arg(
      z.array(z.string()).default(["http", "www", ".com", "href", "//"]),
      "Texts that no word may contain.",
    ),
  },
  cost: 5,
  differs: "There is no tokenization: Data-Juicer cuts words by a SentencePiece model that it downloads.",
  create:
    ({ substrings }) =>
    (text) =>
      filterWords(text, (word) => {
        const bare = stripSpecial(word);
        return !substrings.some((part) => bare.includes(part));
      }),
});
