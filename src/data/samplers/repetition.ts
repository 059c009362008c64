/**
 * How much of a text is said more than once: the share of its n-grams of characters that occur again. Unlike
 * Data-Juicer's char_rep_ratio, which sums only the most frequent n-grams, it is 1 for a text that goes round in a
 * short circle, whose few n-grams are all equally frequent; that ratio gives 0.25 to "of the of the of the".
 */
import { codePointsOf, countNgrams } from "../operators/text/ngrams.ts";

/** Characters of an n-gram: natural texts, also long ones, hardly repeat so many. */
const NGRAM = 16;

/** In [0, 1]. Of texts too short for two n-grams, shorter ones are counted. */
export function repetitionOf(text: string): number {
  const { sequence, length } = codePointsOf(text);
  const n = Math.min(NGRAM, Math.max(1, Math.floor(length / 2)));
  const { total, repeated } = countNgrams(sequence, length, n);
  return total === 0 ? 0 : repeated.reduce((sum, count) => sum + count, 0) / total;
}
