/** Characters per line. Data-Juicer: average_line_length_filter. */
import { keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { characterCounts } from "../text/characters.ts";

export const averageLineLengthFilter = defineFilter({
  name: "average_line_length_filter",
  summary: "Keeps rows whose mean length of lines is in a range.",
  args: {
    ...rangeArgs("len", "mean length of lines", { min: 10, integer: true }),
  },
  stats: ["avg_line_length"],
  create: (args) => ({
    stats: ["avg_line_length"],
    measure: (sample) => {
      const { length, lines } = sample.view(characterCounts, args.text_key);
      return { avg_line_length: lines === 0 ? 0 : length / lines };
    },
    keep: keepInRange(args, "len", "avg_line_length"),
  }),
});
