/** A score and a threshold. Two bounds are band.ts. */
import { boundArgs, boundsOf } from "./bounds.ts";
import { inRange } from "./mechanisms.ts";
import { defineSampler } from "./sampler.ts";
import { chooseByScore, scoreArgs, scoreColumn } from "./scores.ts";

export const thresholdSampler = defineSampler({
  name: "threshold",
  summary: "Samples whose score is on one side of a bound.",
  source: "Albalak et al. 2024",
  args: { ...scoreArgs, ...boundArgs },
  columns: scoreColumn,
  check: ({ min, max }, report) => {
    if (min === undefined && max === undefined) report("min", "is needed, or max.");
    if (min !== undefined && max !== undefined) report("max", "cannot be given together with min; band takes both.");
  },
  select: (args, { samples }) => chooseByScore(samples, args, "threshold", (scores) => inRange(scores, boundsOf(args))),
});
