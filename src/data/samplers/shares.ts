/** Dividing a number of samples among groups by weight: whole numbers, ceilings, and turns that are exact all along. */

/**
 * `total` as whole numbers in proportion to weights, by largest remainder; no group gets more than its ceiling, and
 * what it leaves goes to the others by their weights. The sum is `total`, or that of the ceilings when it is less.
 */
export function apportion(total: number, weights: readonly number[], ceilings?: readonly number[]): number[] {
  const ideal = fill(total, weights, ceilings);
  const counts = ideal.map((share) => Math.floor(share + 1e-9));
  const wanted = Math.round(ideal.reduce((sum, share) => sum + share, 0));
  const remainder = (i: number): number => (ideal[i] as number) - (counts[i] as number);
  const order = counts.map((_, i) => i).sort((a, b) => remainder(b) - remainder(a) || a - b);
  let left = wanted - counts.reduce((sum, count) => sum + count, 0);
  for (const i of order) {
    if (left <= 0) break;
    if ((counts[i] as number) >= (ceilings?.[i] ?? Number.POSITIVE_INFINITY) || weights[i] === 0) continue;
    counts[i] = (counts[i] as number) + 1;
    left--;
  }
  return counts;
}

/** As {@link apportion} without rounding: what a group at its ceiling leaves is divided anew among the others. */
export function fill(total: number, weights: readonly number[], ceilings?: readonly number[]): number[] {
  const shares = weights.map(() => 0);
  const open = new Set(weights.flatMap((weight, i) => (weight > 0 ? [i] : [])));
  let left = total;
  while (open.size > 0 && left > 0) {
    const sum = [...open].reduce((all, i) => all + (weights[i] as number), 0);
    const wanted = (i: number): number => (left * (weights[i] as number)) / sum;
    const full = [...open].filter((i) => wanted(i) >= (ceilings?.[i] ?? Number.POSITIVE_INFINITY));
    if (full.length === 0) {
      for (const i of open) shares[i] = wanted(i);
      break;
    }
    for (const i of full) {
      shares[i] = ceilings?.[i] as number;
      open.delete(i);
    }
    left = total - shares.reduce((sum_, share) => sum_ + share, 0);
  }
  return shares;
}

/**
 * Whose turn it is, one turn after the other, so that after any number t of turns each group has had t p_i of them,
 * give or take less than one. A greedy choice of the group that is furthest behind does not keep that bound with
 * three groups and more; Tijdeman's rule does ("The chairman assignment problem", 1980): among the groups that are
 * behind far enough, the one whose turn would be overdue first.
 */
export function createTurns(probabilities: readonly number[]): () => number {
  const groups = probabilities.length;
  const slack = groups < 2 ? 0 : 1 / (2 * groups - 2);
  const counts = probabilities.map(() => 0);
  let turn = 0;
  return () => {
    turn++;
    let chosen = -1;
    let earliest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < groups; i++) {
      const p = probabilities[i] as number;
      const behind = turn * p - (counts[i] as number);
      if (p <= 0 || behind < slack - 1e-9) continue;
      const deadline = (1 - slack - behind) / p;
      if (deadline < earliest) [chosen, earliest] = [i, deadline];
    }
    counts[chosen] = (counts[chosen] as number) + 1;
    return chosen;
  };
}
