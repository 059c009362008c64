/** Length of the longest line. Data-Juicer: maximum_line_length_filter. */
import { keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { countCharacters } from "../text/characters.ts";
import { lines } from "../text/words.ts";

export const maximumLineLengthFilter = defineFilter({
  name: "maximum_line_length_filter",
  summary: "Keeps rows whose longest line has a length in a range.",
  args: {
    ...rangeArgs("len", "length of the longest line", { min: 10, integer: true }),
  },
  stats: ["max_line_length"],
  cost: 3,
  create: (args) => ({
    stats: ["max_line_length"],
    measure: (sample) => {
      let longest = 0;
      for (const line of sample.view(lines, args.text_key)) {
        // Code points are never more than units: only a longer line needs counting.
        if (line.length > longest) longest = Math.max(longest, countCharacters(line));
      }
      return { max_line_length: longest };
    },
    keep: keepInRange(args, "len", "max_line_length"),
  }),
});
