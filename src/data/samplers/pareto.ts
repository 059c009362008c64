/** A quality in [0, 1], and a threshold that is drawn anew for each sample. */
import * as z from "zod";
import { arg } from "./args.ts";
import { softPareto } from "./mechanisms.ts";
import { defineSampler } from "./sampler.ts";
import { chooseByScore, scoreArgs, scoreColumn } from "./scores.ts";

export const paretoSampler = defineSampler({
  name: "pareto",
  summary: "Samples with a high quality score, and now and then one with a low score.",
  source: "GPT-3 (Brown et al. 2020)",
  args: {
    ...scoreArgs,
    alpha: arg(z.number().positive().default(9), "Shape of the Pareto distribution; greater is stricter."),
  },
  columns: scoreColumn,
  select: (args, { samples, seed }) =>
    chooseByScore(samples, args, "pareto", (scores) => softPareto(scores, args.alpha, seed)),
});
