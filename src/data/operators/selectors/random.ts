/** Some rows by chance. Data-Juicer: random_selector. */
import { permutation } from "../../../base/random.ts";
import { defineSelector } from "../operator.ts";
import { allRows, countArg, countOf, ratioArg } from "./field.ts";

export const randomSelector = defineSelector({
  name: "random_selector",
  summary: "Keeps rows by chance, in random order; which ones follows from the seed of the run.",
  args: {
    select_ratio: ratioArg("Share of the rows that stay; with select_num the less of both."),
    select_num: countArg("Number of rows that stay; with select_ratio the less of both."),
  },
  differs:
    "Other rows are drawn; a share that comes to less than one row keeps none instead of all, and no row is taken twice when more are asked for than there are.",
  create: (args, tools) => ({
    key: () => null,
    select: (keys) => {
      const taken = countOf(keys.length, args.select_ratio, args.select_num);
      if (keys.length <= 1 || taken === undefined || taken >= keys.length) return allRows(keys);
      return [...permutation(keys.length, tools.seed, "random_selector").subarray(0, taken)];
    },
  }),
});
