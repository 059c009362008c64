/**
 * Mechanisms of selection: from scores to the places of those that are kept, whatever the scores mean.
 * Ties go to the earlier place, so that a choice is a function of the scores.
 */
import { randomAt } from "../../base/random.ts";

/** Places whose score is in [min, max]. */
export function inRange(
  scores: ArrayLike<number>,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: { readonly min?: number; readonly max?: number },
): number[] {
  const kept: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] as number;
    if (score >= min && score <= max) kept.push(i);
  }
  return kept;
}

/** The `count` greatest (or least) scores, in order of place. */
export function topK(scores: ArrayLike<number>, count: number, { lowest = false } = {}): number[] {
  const sign = lowest ? 1 : -1;
  const places = Array.from({ length: scores.length }, (_, i) => i);
  places.sort((a, b) => sign * ((scores[a] as number) - (scores[b] as number)) || a - b);
  return places.slice(0, count).sort((a, b) => a - b);
}

/** Value below which a share of the scores lies, between neighbours linearly (numpy.quantile). */
export function quantile(scores: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(scores).sort();
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
  return low + (high - low) * (at - Math.floor(at));
}

/**
 * Draws `count` places without replacement, each draw in proportion to exp(log weight): the greatest of
 * log weight + Gumbel noise (Gumbel-top-k; Kool et al. 2019, as DSIR uses it). -Infinity is never drawn.
 */
export function gumbelTopK(logWeights: ArrayLike<number>, count: number, seed: number): number[] {
  const { uniform } = randomAt(seed, "gumbel-top-k");
  // 32 bits may give 0, of which there is no logarithm.
  const noise = (): number => -Math.log(-Math.log((uniform() * 0x100000000 + 0.5) / 0x100000000));
  const noisy = Float64Array.from(logWeights, (weight) => weight + noise());
  return topK(noisy, count);
}

/**
 * Keeps a score when it is above 1 - x for x of a Pareto distribution (Lomax): high scores nearly always, low ones
 * now and then. The filter of GPT-3 (Brown et al. 2020, appendix A) with scores in [0, 1].
 */
export function softPareto(scores: ArrayLike<number>, alpha: number, seed: number): number[] {
  const { uniform } = randomAt(seed, "pareto");
  const kept: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const x = (1 - uniform()) ** (-1 / alpha) - 1;
    if ((scores[i] as number) > 1 - x) kept.push(i);
  }
  return kept;
}
