/** Interpolated modified Kneser-Ney: from counts of n-grams to probabilities and backoff weights. See train.ts. */
import type { NgramTable } from "./ngram-table.ts";

export interface NgramCounts {
  /** Undefined for unigrams, whose numbers are those of the words. */
  readonly table: NgramTable | undefined;
  readonly size: number;
  /** How often each n-gram occurs. */
  readonly counts: Uint32Array;
  /** N-grams that occur as often or less are left out. */
  readonly prune: number;
}

export interface SmoothedOrder {
  readonly table: NgramTable | undefined;
  readonly size: number;
  /** Probabilities; 0 for what was pruned. */
  readonly probabilities: Float32Array;
  /** Backoff weights; of no use for the highest order. */
  readonly backoffs: Float32Array;
  readonly isPruned: (entry: number) => boolean;
  /** What is taken from n-grams that occur once, twice, more often. */
  readonly discounts: readonly [number, number, number];
  /** The counts of counts gave no discounts, and lmplz's fallback was taken. */
  readonly fallback: boolean;
}

const FALLBACK = [0.5, 1, 1.5] as const;

/** `start` is the number of <s>, which is in contexts but never follows one. */
export function estimateOrders(levels: readonly NgramCounts[], start: number): readonly SmoothedOrder[] {
  const suffixes = findSuffixes(levels);
  const adjusted = levels.map((_, i) => adjustCounts(levels, suffixes, i));
  // <s> is predicted by nothing.
  (adjusted[0] as Uint32Array)[start] = 0;
  const orders: SmoothedOrder[] = [];
  for (const [i, { table, size, counts, prune }] of levels.entries()) {
    const mine = adjusted[i] as Uint32Array;
    const { discounts, fallback } = findDiscounts(mine);
    const isPruned = (entry: number): boolean => i > 0 && (counts[entry] as number) <= prune;
    const contexts = levels[i - 1]?.size ?? 1;
    const contextOf = (entry: number): number => table?.parentOf(entry) ?? 0;
    const sums = new Float64Array(contexts);
    const held = new Float64Array(contexts);
    for (let entry = 0; entry < size; entry++) {
      const count = mine[entry] as number;
      const context = contextOf(entry);
      sums[context] = (sums[context] as number) + count;
      held[context] = (held[context] as number) + (isPruned(entry) ? count : discountOf(discounts, count));
    }
    const below = orders[i - 1];
    const uniform = 1 / (size - 1);
    const probabilities = new Float32Array(size);
    for (let entry = 0; entry < size; entry++) {
      if (isPruned(entry) || (i === 0 && entry === start)) continue;
      const context = contextOf(entry);
      const [count, sum] = [mine[entry] as number, sums[context] as number];
      const lower =
        below === undefined ? uniform : (below.probabilities[(suffixes[i] as Int32Array)[entry] as number] as number);
      probabilities[entry] = (count - discountOf(discounts, count) + (held[context] as number) * lower) / sum;
    }
    if (below !== undefined) {
      // An n-gram that no word follows, such as one that ends with </s>, passes all on to the shorter one.
      for (let context = 0; context < contexts; context++) {
        below.backoffs[context] = sums[context] === 0 ? 1 : (held[context] as number) / (sums[context] as number);
      }
    }
    orders.push({ table, size, probabilities, backoffs: new Float32Array(size), isPruned, discounts, fallback });
  }
  return orders;
}

/** For every n-gram the number of the one without its first word, which always occurs too. */
function findSuffixes(levels: readonly NgramCounts[]): readonly Int32Array[] {
  const suffixes: Int32Array[] = [];
  for (const { table, size } of levels) {
    const list = new Int32Array(size);
    const [below, parents] = [levels[suffixes.length - 1]?.table, suffixes.at(-1)];
    if (table !== undefined && parents !== undefined) {
      for (let entry = 0; entry < size; entry++) {
        const word = table.wordOf(entry);
        list[entry] = below === undefined ? word : below.find(parents[table.parentOf(entry)] as number, word);
      }
    }
    suffixes.push(list);
  }
  return suffixes;
}

/** In how many contexts of one word an n-gram stands; for the highest order and behind <s>, how often it occurs. */
function adjustCounts(levels: readonly NgramCounts[], suffixes: readonly Int32Array[], order: number): Uint32Array {
  const { counts, size } = levels[order] as NgramCounts;
  const longer = suffixes[order + 1];
  if (longer === undefined) return counts.subarray(0, size);
  const adjusted = new Uint32Array(size);
  for (const suffix of longer) adjusted[suffix] = (adjusted[suffix] as number) + 1;
  // Nothing stands before <s>.
  for (let entry = 0; entry < size; entry++) if (adjusted[entry] === 0) adjusted[entry] = counts[entry] as number;
  return adjusted;
}

/** Chen and Goodman 1998, equation 26, from the numbers of n-grams with count 1 to 4. */
function findDiscounts(adjusted: Uint32Array): Pick<SmoothedOrder, "discounts" | "fallback"> {
  const n = [0, 0, 0, 0, 0];
  for (const count of adjusted) if (count > 0 && count < 5) n[count] = (n[count] as number) + 1;
  const [, n1 = 0, n2 = 0] = n;
  const discounts = [1, 2, 3].map(
    (k) => k - ((k + 1) * (n1 / (n1 + 2 * n2)) * (n[k + 1] as number)) / (n[k] as number),
  );
  // NaN, where there are no such n-grams, fits nowhere; nor does 0, which would leave nothing for other words.
  const fallback = !discounts.every((discount, i) => discount > 0 && discount <= i + 1);
  return { discounts: (fallback ? FALLBACK : discounts) as [number, number, number], fallback };
}

const discountOf = (discounts: SmoothedOrder["discounts"], count: number): number =>
  count === 0 ? 0 : (discounts[Math.min(count, 3) - 1] as number);
