/**
 * A histogram that shows where most rows are. A few rows far out would squeeze all others into one bin, so a histogram
 * may end before them; how many lie below and above is told.
 */
import type { Description } from "./describe.ts";
import type { Scan } from "./number-columns.ts";

export interface Histogram {
  /** Bins are [start, start + width), [start + width, ...): all of one width; the last includes its end. */
  readonly start: number;
  readonly width: number;
  readonly counts: readonly number[];
  /** Numbers outside. */
  readonly below: number;
  readonly above: number;
}

/** Shares of the numbers that a histogram may leave out at its ends. */
export const histogramEnds = [0.005, 0.995] as const;

const BINS = 32;

/** `description` must have the quantiles `histogramEnds`. */
export function histogramOf(scan: Scan, description: Description): Histogram {
  const { start, width, bins } = layOut(description);
  const counts = Array.from({ length: bins }, () => 0);
  const end = start + width * bins;
  let [below, above] = [0, 0];
  for (const piece of scan()) {
    for (const value of piece) {
      if (value < start) below++;
      else if (value > end) above++;
      else if (!Number.isNaN(value)) {
        const bin = Math.min(bins - 1, Math.floor((value - start) / width));
        counts[bin] = (counts[bin] as number) + 1;
      }
    }
  }
  return { start, width, counts, below, above };
}

function layOut({ min, max, whole, quantiles }: Description) {
  const [low, high] = histogramEnds.map((share) => quantiles.get(share) ?? Number.NaN) as [number, number];
  // An end is left out only where that gains much.
  const inner = high - low;
  const start = inner > 0 && low - min > inner ? low : min;
  const stop = inner > 0 && max - high > inner ? high : max;
  if (whole) {
    const first = Math.floor(start);
    const width = Math.max(1, Math.ceil((Math.ceil(stop) - first + 1) / BINS));
    return { start: first, width, bins: Math.ceil((Math.ceil(stop) - first + 1) / width) };
  }
  if (stop === start) return { start, width: 1, bins: 1 };
  return { start, width: (stop - start) / BINS, bins: BINS };
}
