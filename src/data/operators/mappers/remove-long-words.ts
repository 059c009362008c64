/** Words that are too long or too short. Data-Juicer: remove_long_words_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";
import { countCharacters, stripSpecial } from "../text/characters.ts";
import { filterWords } from "../text/filter-words.ts";

export const removeLongWordsMapper = defineTextMapper({
  name: "remove_long_words_mapper",
  summary: "Removes words whose length is out of a range.",
  args: {
    min_len: arg(z.number().int().default(1), "Characters of the shortest word that stays."),
    max_len: arg(
      z.number().int().optional(),
      "Characters of the longest word that stays, special ones at its ends not counted.",
    ),
  },
  cost: 5,
  create: ({ min_len: min, max_len: max = Number.POSITIVE_INFINITY }) => {
    const stays = (word: string): boolean => {
      const length = countCharacters(word);
      if (length <= max) return length >= min;
      const bare = countCharacters(stripSpecial(word));
      return min <= bare && bare <= max;
    };
    return (text) => filterWords(text, stays);
  },
});
