/** Number of actions, which are verbs. Data-Juicer: text_action_filter. */
import * as z from "zod";
import { arg, rangeTest } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { countActions, englishArg, loadEnglish, requireEnglish } from "../text/english.ts";

export const textActionFilter = defineFilter({
  name: "text_action_filter",
  summary: "Keeps rows whose text has enough actions.",
  args: {
    lang: englishArg,
    min_action_num: arg(z.number().int().default(1), "Least number of actions of a row that is kept."),
  },
  stats: ["num_action"],
  cost: 60,
  differs:
    "English alone. Verbs are found by the rules of the package compromise instead of spaCy's model: 95 in 100 texts " +
    "are judged alike at the default, 51 in 100 have the very same number of actions.",
  create: async (args) => {
    requireEnglish("text_action_filter", args.lang);
    const english = await loadEnglish();
    const isEnough = rangeTest(args, "action_num");
    return {
      stats: ["num_action"],
      measure: (sample) => ({ num_action: countActions(sample.view(english, args.text_key)) }),
      keep: (stats) => isEnough(stats["num_action"] as number),
    };
  },
});
