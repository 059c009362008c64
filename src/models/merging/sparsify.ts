/** Two ways to keep a part of a task vector's entries. */
import { randomAt } from "../../base/random.ts";
import type { Address } from "../../base/random.ts";

/**
 * The largest entries by absolute value, all others 0 (Yadav et al. 2023, arXiv:2306.01708, "trim"). At least one
 * is kept; of equal ones the earlier.
 */
export function keepLargest(delta: Float32Array, density: number): Float32Array {
  if (density >= 1 || delta.length === 0) return delta;
  const kept = Math.max(1, Math.floor(density * delta.length));
  const sizes = delta.map(Math.abs).sort();
  const threshold = sizes[delta.length - kept] as number;
  const above = delta.reduce((count, value) => count + Number(Math.abs(value) > threshold), 0);
  let ties = kept - above;
  return delta.map((value) => {
    const size = Math.abs(value);
    if (size > threshold) return value;
    if (size === threshold && ties > 0) {
      ties--;
      return value;
    }
    return 0;
  });
}

/**
 * Each entry with probability `density`, divided by it, all others 0: the expected vector stays (Yu et al. 2024,
 * arXiv:2311.03099, "drop and rescale"). mergekit rescales to the same sum of absolute values instead.
 */
export function dropAndRescale(delta: Float32Array, density: number, address: readonly Address[]): Float32Array {
  if (density >= 1) return delta;
  const random = randomAt(...address);
  return delta.map((value) => (random.uniform() < density ? value / density : 0));
}
