/** Share of punctuation, digits, blanks, symbols and emoji. Data-Juicer: special_characters_filter. */
import { keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { characterCounts } from "../text/characters.ts";

export const specialCharactersFilter = defineFilter({
  name: "special_characters_filter",
  summary: "Keeps rows whose share of special characters is in a range.",
  args: {
    ...rangeArgs("ratio", "share", { min: 0, max: 0.25 }),
  },
  stats: ["special_char_ratio"],
  cost: 1,
  create: (args) => ({
    stats: ["special_char_ratio"],
    measure: (sample) => {
      const { length, special } = sample.view(characterCounts, args.text_key);
      return { special_char_ratio: length === 0 ? 0 : special / length };
    },
    keep: keepInRange(args, "ratio", "special_char_ratio"),
  }),
});
