/**
 * What pandas' `describe` says of a column of numbers, which is what Data-Juicer's overall analysis says of a statistic:
 * count, mean, std of a sample (divided by n - 1), least, greatest, and quantiles by linear interpolation. NaN is a
 * missing value. All are exact; the column is read a few times and never held.
 */
import type { Scan } from "./number-columns.ts";
import { orderStatistics } from "./order-statistics.ts";

export interface Description {
  readonly count: number;
  readonly missing: number;
  readonly mean: number;
  /** NaN for a single number. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Whether all numbers are whole. */
  readonly whole: boolean;
  /** By share, as asked for. */
  readonly quantiles: ReadonlyMap<number, number>;
}

/** Undefined when there is no number. `shares` are from 0 to 1. */
export function describe(scan: Scan, shares: readonly number[]): Description | undefined {
  let [count, missing, sum] = [0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let whole = true;
  for (const piece of scan()) {
    // A sum for each piece, then of these: far less is lost than in one long sum.
    let part = 0;
    for (const value of piece) {
      if (Number.isNaN(value)) {
        missing++;
        continue;
      }
      count++;
      part += value;
      if (value < min) min = value;
      if (value > max) max = value;
      whole &&= Number.isInteger(value);
    }
    sum += part;
  }
  if (count === 0) return undefined;
  const mean = sum / count;
  return {
    count,
    missing,
    mean,
    std: Math.sqrt(squares(scan, mean) / (count - 1)),
    min,
    max,
    whole,
    quantiles: quantilesOf(scan, count, shares),
  };
}

function squares(scan: Scan, mean: number): number {
  let sum = 0;
  for (const piece of scan()) {
    let part = 0;
    for (const value of piece) if (!Number.isNaN(value)) part += (value - mean) ** 2;
    sum += part;
  }
  return sum;
}

function quantilesOf(scan: Scan, count: number, shares: readonly number[]): ReadonlyMap<number, number> {
  const places = shares.map((share) => (count - 1) * share);
  const found = orderStatistics(scan, [...places.map(Math.floor), ...places.map(Math.ceil)]);
  return new Map(
    shares.map((share, i) => {
      const place = places[i] as number;
      const low = found.get(Math.floor(place)) as number;
      const high = found.get(Math.ceil(place)) as number;
      const part = place - Math.floor(place);
      return [share, low === high ? low : low + (high - low) * part];
    }),
  );
}
