/** Length of the longest line. Data-Juicer: maximum_line_length_filter. */
import { keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { characterCounts } from "../text/characters.ts";

export const maximumLineLengthFilter = defineFilter({
  name: "maximum_line_length_filter",
  summary: "Keeps rows whose longest line has a length in a range.",
  args: {
    ...rangeArgs("len", "length of the longest line", { min: 10, integer: true }),
  },
  stats: ["max_line_length"],
  create: (args) => ({
    stats: ["max_line_length"],
    measure: (sample) => ({ max_line_length: sample.view(characterCounts, args.text_key).longestLine }),
    keep: keepInRange(args, "len", "max_line_length"),
  }),
});
