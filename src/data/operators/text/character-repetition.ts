/** Share of the most frequent n-grams of characters among those of a text (Data-Juicer's char_rep_ratio). */
import { codePointsOf, countNgrams } from "./ngrams.ts";

export function characterRepetition(text: string, n: number): number {
  const { sequence, length } = codePointsOf(text);
  const { total, distinct, repeated } = countNgrams(sequence, length, n);
  const most = Math.min(Math.floor(Math.sqrt(distinct)), repeated.length);
  const top = repeated.toSorted((a, b) => b - a).slice(0, most);
  return total === 0 ? 0 : top.reduce((sum, count) => sum + count, 0) / total;
}
