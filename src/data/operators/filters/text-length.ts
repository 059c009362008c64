/** Number of characters. Data-Juicer: text_length_filter. */
import { keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { characterCounts } from "../text/characters.ts";

export const textLengthFilter = defineFilter({
  name: "text_length_filter",
  summary: "Keeps rows whose number of characters is in a range.",
  args: {
    ...rangeArgs("len", "number of characters", { min: 10, integer: true }),
  },
  stats: ["text_len"],
  cost: 1,
  create: (args) => ({
    stats: ["text_len"],
    measure: (sample) => ({ text_len: sample.view(characterCounts, args.text_key).length }),
    keep: keepInRange(args, "len", "text_len"),
  }),
});
