/** Samples that read like those of a target (DSIR; Xie et al. 2023): resampling by the weights of ngram-weights.ts. */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import { createSample } from "../operators/sample.ts";
import { isObject } from "../shapes/shape.ts";
import { readSource } from "../source.ts";
import { arg, budgetArgs, budgetOf, checkBudget } from "./args.ts";
import { gumbelTopK, topK } from "./mechanisms.ts";
import { bucketsOf, createBucketCounts, logWeight } from "./ngram-weights.ts";
import { defineSampler } from "./sampler.ts";

const NAME = "dsir";

export const dsirSampler = defineSampler({
  name: NAME,
  summary: "Samples drawn by how much more likely their n-grams are in a target than in all samples.",
  source: "DSIR (Xie et al. 2023)",
  readsText: true,
  args: {
    target: arg(z.string().min(1), "File of rows of what the samples shall be like: with text, or conversations."),
    target_text_key: arg(
      z.string().min(1).default("text"),
      "Column of the text in the target; rows without it are read as conversations.",
    ),
    ...budgetArgs,
    buckets: arg(z.number().int().min(2).default(10_000), "Buckets that n-grams are hashed into."),
    n: arg(z.number().int().min(1).max(8).default(2), "Longest n-gram, in words."),
    noise: arg(
      z.boolean().default(true),
      "Draws at random by weight. Otherwise the greatest weights are taken, which are less diverse.",
    ),
  },
  check: checkBudget,
  select: async (args, { samples, seed }) => {
    const count = budgetOf(args, samples.size, NAME);
    const [target, pool] = [createBucketCounts(args.buckets), createBucketCounts(args.buckets)];
    let rows = 0;
    for await (const { value, file, line } of readSource(args.target)) {
      if (!isObject(value)) continue;
      target.add(bucketsOf(createSample(value, `${file}:${line}`).text(args.target_text_key), args));
      rows++;
    }
    if (rows === 0) {
      fail("E_DATA_SELECTION", { where: `${NAME}: target`, what: `${args.target} has no rows.`, fix: "Give some." });
    }
    const found = Array.from({ length: samples.size }, (_, i) => bucketsOf(samples.text(i), args));
    for (const buckets of found) pool.add(buckets);
    const [targetShares, poolShares] = [target.logShares(), pool.logShares()];
    const weights = Float64Array.from(found, (buckets) => logWeight(buckets, targetShares, poolShares));
    const chosen = args.noise ? gumbelTopK(weights, count, seed) : topK(weights, count);
    return { chosen, notes: [`${NAME}: ${count} of ${samples.size} samples.`] };
  },
});
