/**
 * How many bands, and of how many rows, find pairs above a similarity best: the least weighted sum of missed and
 * false pairs, as datasketch and Data-Juicer choose them.
 */

export interface Bands {
  readonly bands: number;
  readonly rows: number;
}

/** How likely two texts of a Jaccard similarity share a band: the S-curve. */
export const matchProbability = (similarity: number, { bands, rows }: Bands): number =>
  1 - (1 - similarity ** rows) ** bands;

/** Nodes and weights of Gauss and Legendre for ten points; symmetric, so only half is written. */
const nodes = [0.1488743389816312, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845, 0.9739065285171717];
const weights = [0.2955242247147529, 0.2692667193099963, 0.219086362515982, 0.1494513491505806, 0.0666713443086881];
const PANELS = 16;

function integrate(f: (x: number) => number, from: number, to: number): number {
  const half = (to - from) / PANELS / 2;
  let sum = 0;
  for (let panel = 0; panel < PANELS; panel++) {
    const middle = from + (2 * panel + 1) * half;
    for (let i = 0; i < nodes.length; i++) {
      const step = (nodes[i] as number) * half;
      sum += (weights[i] as number) * (f(middle - step) + f(middle + step));
    }
  }
  return sum * half;
}

/** The best bands for a threshold of similarity and a number of permutations. */
export function bestBands(threshold: number, permutations: number): Bands {
  let best: Bands = { bands: 0, rows: 0 };
  let least = Number.POSITIVE_INFINITY;
  for (let bands = 1; bands <= permutations; bands++) {
    for (let rows = 1; rows <= Math.floor(permutations / bands); rows++) {
      const candidate = { bands, rows };
      const wrong = integrate((s) => matchProbability(s, candidate), 0, threshold);
      const missed = integrate((s) => 1 - matchProbability(s, candidate), threshold, 1);
      const error = 0.5 * wrong + 0.5 * missed;
      if (error < least) [least, best] = [error, candidate];
    }
  }
  return best;
}
