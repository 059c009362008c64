/** Scores as weights of a draw without replacement. */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import { arg, budgetArgs, budgetOf, checkBudget } from "./args.ts";
import { gumbelTopK } from "./mechanisms.ts";
import { defineSampler } from "./sampler.ts";
import { chooseByScore, scoreArgs, scoreColumn } from "./scores.ts";

export const proportionalSampler = defineSampler({
  name: "proportional",
  summary: "Samples drawn without replacement, in proportion to their scores.",
  source: "Gumbel-top-k (Kool et al. 2019), as in DSIR (Xie et al. 2023)",
  args: {
    ...scoreArgs,
    ...budgetArgs,
    log: arg(z.boolean().default(false), "Whether scores are logarithms of weights."),
  },
  columns: scoreColumn,
  check: checkBudget,
  select: (args, { samples, seed }) =>
    chooseByScore(samples, args, "proportional", (scores) => {
      const count = budgetOf(args, scores.length, "proportional");
      return gumbelTopK(args.log ? scores : logarithms(scores, count), count, seed);
    }),
});

function logarithms(scores: Float64Array, count: number): Float64Array {
  const positive = scores.reduce((sum, score) => sum + (score > 0 ? 1 : 0), 0);
  if (scores.some((score) => score < 0) || positive < count) {
    fail("E_DATA_SELECTION", {
      where: "proportional",
      what: `of ${scores.length} scores ${positive} are above 0, and ${count} samples are to be drawn; none may be below 0.`,
      fix: "Give weights of 0 and more, or log: true for scores that are logarithms.",
    });
  }
  return scores.map((score) => Math.log(score));
}
