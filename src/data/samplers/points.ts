/**
 * The perplexity filter of POINTS (Liu et al. 2024): of samples scored by a trained model, the share with the lowest
 * perplexity. A language model likes nothing as well as a text that repeats itself, so the lowest perplexities are
 * partly junk: a limit of repetition goes first, and the lowest end may be cut off too. Without either the sampler
 * refuses.
 */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import { arg } from "./args.ts";
import { topK } from "./mechanisms.ts";
import { repetitionOf } from "./repetition.ts";
import { defineSampler } from "./sampler.ts";
import { readScores, scoreArgs } from "./scores.ts";

const NAME = "points";

export const pointsSampler = defineSampler({
  name: NAME,
  summary: "The share of samples with the lowest perplexity, without those that repeat themselves.",
  source: "POINTS (Liu et al. 2024)",
  readsText: true,
  differs: "A limit of repetition is on by default: the lowest perplexities alone pick degenerate texts.",
  args: {
    ...scoreArgs,
    score_key: arg(z.string().min(1).default("__dj__stats__.perplexity"), "Column of the perplexity."),
    ratio: arg(z.number().positive().max(1).default(0.2), "Share of the samples that is kept."),
    max_repetition: arg(
      z.number().min(0).max(1).default(0.3),
      "Samples of which a greater share (n-grams of 16 characters) is said more than once are left out first; 1 sets no limit.",
    ),
    cut_lowest: arg(
      z.number().min(0).lt(1).default(0),
      "Share of the samples with the very lowest perplexity that is left out as well.",
    ),
  },
  columns: (args) => [args.score_key],
  check: (args, report) => {
    if (args.max_repetition >= 1 && args.cut_lowest === 0) {
      report(
        "max_repetition",
        "1 sets no limit, and the lowest perplexities are those of texts that repeat themselves; give a limit, or cut_lowest.",
      );
    }
    if (args.ratio + args.cut_lowest > 1) report("cut_lowest", "leaves fewer samples than ratio keeps.");
  },
  select: (args, { samples }) => {
    const scores = readScores(samples, args, NAME);
    const plain = scores.samples.flatMap((sample, place) =>
      args.max_repetition >= 1 || repetitionOf(samples.text(sample)) <= args.max_repetition ? [place] : [],
    );
    const all = scores.samples.length;
    const kept = Math.max(1, Math.round(args.ratio * all));
    const cut = Math.round(args.cut_lowest * all);
    if (plain.length < cut + kept) {
      fail("E_DATA_SELECTION", {
        where: NAME,
        what: `${all - plain.length} of ${all} samples repeat themselves, and ${plain.length} are left where ${cut + kept} are wanted.`,
        fix: "Lower ratio, or raise max_repetition after a look at what it leaves out.",
      });
    }
    const values = Float64Array.from(plain, (place) => scores.values[place] as number);
    const lowest = new Set(topK(values, cut, { lowest: true }));
    const chosen = topK(values, cut + kept, { lowest: true })
      .filter((place) => !lowest.has(place))
      .map((place) => scores.samples[plain[place] as number] as number);
    const note = `${NAME}: ${chosen.length} of ${samples.size} samples by ${args.score_key}; ${all - plain.length} repeat themselves.`;
    return { chosen, notes: [...scores.notes, note] };
  },
});
