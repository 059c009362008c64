/** Scores of samples, numbers in a column of their rows, and selections that look at nothing else. */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import { show } from "../shapes/shape.ts";
import { arg } from "./args.ts";
import { quantile } from "./mechanisms.ts";
import type { SampleSet, Selection } from "./sampler.ts";

export const scoreArgs = {
  score_key: arg(
    z.string().min(1),
    "Column of the score, a number. `__dj__stats__.perplexity` is a statistic that data process kept in the rows.",
  ),
  missing: arg(
    z.enum(["refuse", "drop"]).default("refuse"),
    "What becomes of samples without a score: the run is refused, or they are left out and counted.",
  ),
} as const;

export interface ScoreArgs {
  readonly score_key: string;
  readonly missing: "refuse" | "drop";
}

export interface Scores {
  /** Samples that have a score. */
  readonly samples: readonly number[];
  /** The score of each of them, finite. */
  readonly values: Float64Array;
  readonly notes: readonly string[];
}

/** @throws E_DATA_SELECTION when a score is no number, or missing and not to be dropped, or all are missing */
export function readScores(samples: SampleSet, { score_key: key, missing }: ScoreArgs, where: string): Scores {
  const found: number[] = [];
  const values: number[] = [];
  const without: number[] = [];
  for (let sample = 0; sample < samples.size; sample++) {
    const value = samples.field(sample, key);
    if (value === undefined || value === null) without.push(sample);
    else if (typeof value === "number" && Number.isFinite(value)) {
      found.push(sample);
      values.push(value);
    } else {
      fail("E_DATA_SELECTION", {
        where: `${samples.origin(sample)}: ${key}`,
        what: `${where} wants a number as score, and this is ${show(value)}.`,
        fix: "Correct the row, or name another column with score_key.",
      });
    }
  }
  const [first] = without;
  if (first !== undefined && (missing === "refuse" || found.length === 0)) {
    fail("E_DATA_SELECTION", {
      where: `${samples.origin(first)}: ${key}`,
      what: `${without.length} of ${samples.size} samples have no score under ${key}.`,
      fix: "Name the column with score_key, or leave such samples out with missing: drop.",
    });
  }
  const notes = without.length === 0 ? [] : [`${where}: left out ${without.length} samples without ${key}.`];
  return { samples: found, values: Float64Array.from(values), notes };
}

/** For `columns` of such samplers. */
export const scoreColumn = ({ score_key: key }: ScoreArgs): readonly string[] => [key];

/** Scores read, a mechanism applied, the choice counted. @throws E_DATA_SELECTION when nothing is left */
export function chooseByScore(
  samples: SampleSet,
  args: ScoreArgs,
  where: string,
  mechanism: (scores: Float64Array) => readonly number[],
): Selection {
  const scores = readScores(samples, args, where);
  const chosen = mechanism(scores.values).map((place) => scores.samples[place] as number);
  if (chosen.length === 0) {
    const [low, high] = [quantile(scores.values, 0), quantile(scores.values, 1)];
    fail("E_DATA_SELECTION", {
      where,
      what: `no sample is left of ${samples.size}: ${args.score_key} goes from ${low} to ${high}.`,
      fix: "Widen the bounds.",
    });
  }
  return {
    chosen,
    notes: [...scores.notes, `${where}: ${chosen.length} of ${samples.size} samples by ${args.score_key}.`],
  };
}
