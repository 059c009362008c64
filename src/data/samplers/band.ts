/** A score and two bounds: values, or shares of the samples that are cut off at the ends. */
import * as z from "zod";
import { arg } from "./args.ts";
import { boundArgs, boundsOf } from "./bounds.ts";
import { inRange, quantile } from "./mechanisms.ts";
import { defineSampler } from "./sampler.ts";
import { chooseByScore, scoreArgs, scoreColumn } from "./scores.ts";

const share = (side: string) =>
  arg(z.number().min(0).max(1).optional(), `Share of the samples with the ${side} scores that is left out.`);

export const bandSampler = defineSampler({
  name: "band",
  summary: "Samples whose score lies between two bounds, or that are left when both ends are cut off.",
  source: "Albalak et al. 2024",
  args: {
    ...scoreArgs,
    ...boundArgs,
    cut_lowest: share("lowest"),
    cut_highest: share("highest"),
  },
  columns: scoreColumn,
  check: ({ min, max, cut_lowest: lowest, cut_highest: highest }, report) => {
    const [values, shares] = [min !== undefined || max !== undefined, lowest !== undefined || highest !== undefined];
    if (values && shares) report("cut_lowest", "cannot be given together with min and max.");
    else if (shares && (lowest === undefined || highest === undefined)) {
      report(lowest === undefined ? "cut_lowest" : "cut_highest", "is needed: a band has two ends.");
    } else if (!shares && (min === undefined || max === undefined)) {
      report(min === undefined ? "min" : "max", "is needed: a band has two ends (or cut_lowest and cut_highest).");
    }
    if (min !== undefined && max !== undefined && min > max) report("min", "is greater than max.");
    if ((lowest ?? 0) + (highest ?? 0) >= 1) report("cut_highest", "leaves nothing between the ends.");
  },
  select: (args, { samples }) =>
    chooseByScore(samples, args, "band", (scores) =>
      args.cut_lowest === undefined
        ? inRange(scores, boundsOf(args))
        : inRange(scores, {
            min: quantile(scores, args.cut_lowest),
            max: quantile(scores, 1 - (args.cut_highest ?? 0)),
          }),
    ),
});
