/**
 * Pearson's correlation of every two statistics over the rows that have both, as pandas' `corr` and so Data-Juicer's
 * correlation analysis has it; sums are kept by Welford's method. Unlike there, a row with an empty list has no value
 * instead of a 0.
 */
import type { Scan } from "./number-columns.ts";

interface Pair {
  readonly a: number;
  readonly b: number;
  count: number;
  meanA: number;
  meanB: number;
  squaresA: number;
  squaresB: number;
  products: number;
}

/** Rows and columns in the order of `scans`; NaN where a statistic does not vary, or no row has both. */
export function correlations(scans: readonly Scan[]): readonly (readonly number[])[] {
  if (scans.length === 0) return [];
  const pairs: Pair[] = [];
  for (let a = 0; a < scans.length; a++) {
    for (let b = a; b < scans.length; b++) {
      pairs.push({ a, b, count: 0, meanA: 0, meanB: 0, squaresA: 0, squaresB: 0, products: 0 });
    }
  }
  const readers = scans.map((scan) => scan()[Symbol.iterator]());
  for (;;) {
    const pieces = readers.map((reader) => reader.next());
    if (pieces.some(({ done }) => done === true)) break;
    for (const pair of pairs)
      addPiece(pair, pieces[pair.a]?.value as Float64Array, pieces[pair.b]?.value as Float64Array);
  }
  const matrix = scans.map(() => scans.map(() => Number.NaN));
  for (const { a, b, count, squaresA, squaresB, products } of pairs) {
    const scale = Math.sqrt(squaresA * squaresB);
    const value = count < 2 || scale === 0 ? Number.NaN : Math.min(1, Math.max(-1, products / scale));
    (matrix[a] as number[])[b] = value;
    (matrix[b] as number[])[a] = value;
  }
  return matrix;
}

function addPiece(pair: Pair, a: Float64Array, b: Float64Array): void {
  let { count, meanA, meanB, squaresA, squaresB, products } = pair;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    count++;
    const fromA = x - meanA;
    const fromB = y - meanB;
    meanA += fromA / count;
    meanB += fromB / count;
    squaresA += (x - meanA) * fromA;
    squaresB += (y - meanB) * fromB;
    products += (x - meanA) * fromB;
  }
  Object.assign(pair, { count, meanA, meanB, squaresA, squaresB, products });
}
