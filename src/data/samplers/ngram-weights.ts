/**
 * How much more likely a text is under a target than under the pool, by hashed n-grams: the importance weight of DSIR
 * (Xie et al. 2023, "Data Selection for Language Models via Importance Resampling", section 3). Words and pairs of
 * words fall into buckets; both distributions are counts of buckets, smoothed.
 *
 * Words are runs of letters and digits, and single other signs, in lower case, as wordpunct_tokenize cuts them.
 */
import { hashAddress } from "../../base/random.ts";

export interface NgramOptions {
  readonly buckets: number;
  /** Longest n-gram, in words. */
  readonly n: number;
}

/** Buckets of all n-grams of a text. */
export function bucketsOf(text: string, { buckets, n }: NgramOptions): Uint32Array {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+/gu) ?? [];
  const found: number[] = [];
  for (let length = 1; length <= n; length++) {
    for (let at = 0; at + length <= words.length; at++) {
      found.push(hashAddress(words.slice(at, at + length)) % buckets);
    }
  }
  return Uint32Array.from(found);
}

export interface BucketCounts {
  readonly add: (found: Uint32Array) => void;
  /** Logarithm of the share of each bucket; finite where nothing was seen. */
  readonly logShares: () => Float64Array;
}

/** Smoothing as in the authors' code: 1e-8 beside shares, so that unseen buckets stay finite. */
const SMOOTHING = 1e-8;

export function createBucketCounts(buckets: number): BucketCounts {
  const counts = new Float64Array(buckets);
  let total = 0;
  return {
    add: (found) => {
      for (const bucket of found) counts[bucket] = (counts[bucket] as number) + 1;
      total += found.length;
    },
    logShares: () => counts.map((count) => Math.log(count / Math.max(1, total) + SMOOTHING)),
  };
}

/** log p_target(text) - log p_pool(text) */
export function logWeight(found: Uint32Array, target: Float64Array, pool: Float64Array): number {
  let sum = 0;
  for (const bucket of found) sum += (target[bucket] as number) - (pool[bucket] as number);
  return sum;
}
