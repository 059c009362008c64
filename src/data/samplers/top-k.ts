/** A score and a number of samples. */
import * as z from "zod";
import { arg, budgetArgs, budgetOf, checkBudget } from "./args.ts";
import { topK } from "./mechanisms.ts";
import { defineSampler } from "./sampler.ts";
import { chooseByScore, scoreArgs, scoreColumn } from "./scores.ts";

export const topKSampler = defineSampler({
  name: "top_k",
  summary: "Samples with the greatest (or least) scores.",
  source: "Albalak et al. 2024",
  args: {
    ...scoreArgs,
    ...budgetArgs,
    lowest: arg(z.boolean().default(false), "Keeps the least scores instead."),
  },
  columns: scoreColumn,
  check: checkBudget,
  select: (args, { samples }) =>
    chooseByScore(samples, args, "top_k", (scores) =>
      topK(scores, budgetOf(args, scores.length, "top_k"), { lowest: args.lowest }),
    ),
});
