/**
 * The next token from logits: pure functions on one row, applied in the order of transformers' processors
 * (repetition penalty, temperature, top-k, top-p, min-p). A draw is addressed by seed, sequence and step, so the
 * batch a sequence stands in never changes its text.
 */
import { randomAt } from "../base/random.ts";

export interface SamplingOptions {
  /** 0 takes the likeliest token (the first of equals). */
  readonly temperature?: number;
  /** 0 for all. */
  readonly topK?: number;
  /** 1 for all. */
  readonly topP?: number;
  /** 0 for all. */
  readonly minP?: number;
  /** 1 for none (Keskar et al. 2019, section 4.1). */
  readonly repetitionPenalty?: number;
}

const OUT = Number.NEGATIVE_INFINITY;

/** Divides positive and multiplies negative logits of tokens that occurred. In place. */
export function penalizeRepetition(logits: Float32Array, seen: Iterable<number>, penalty: number): void {
  for (const id of new Set(seen)) {
    const value = logits[id];
    if (value !== undefined) logits[id] = value < 0 ? value * penalty : value / penalty;
  }
}

/** Keeps the k largest and their equals. In place. */
export function keepTopK(logits: Float32Array, k: number): void {
  if (k <= 0 || k >= logits.length) return;
  const bound = logits.toSorted().at(-k) as number;
  for (let i = 0; i < logits.length; i++) if ((logits[i] as number) < bound) logits[i] = OUT;
}

/** Keeps the likeliest tokens that together reach probability p, at least one (Holtzman et al. 2020). In place. */
export function keepTopP(logits: Float32Array, p: number): void {
  if (p >= 1) return;
  const probabilities = softmax(logits);
  // Ascending, equals in order of their place: what transformers' stable sort gives.
  const order = Array.from(logits.keys()).sort((a, b) => (logits[a] as number) - (logits[b] as number) || a - b);
  let below = 0;
  for (const id of order.slice(0, -1)) {
    below += probabilities[id] as number;
    if (below > 1 - p) break;
    logits[id] = OUT;
  }
}

/** Drops tokens less likely than `share` of the likeliest one (Nguyen et al. 2024). In place. */
export function keepMinP(logits: Float32Array, share: number): void {
  if (share <= 0) return;
  const top = logits.reduce((a, b) => Math.max(a, b), OUT);
  // p < share * top in logits, where the normaliser cancels.
  const bound = top + Math.log(share);
  for (let i = 0; i < logits.length; i++) if ((logits[i] as number) < bound) logits[i] = OUT;
}

export function softmax(logits: Float32Array): Float64Array {
  const top = logits.reduce((a, b) => Math.max(a, b), OUT);
  const weights = Float64Array.from(logits, (value) => Math.exp(value - top));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

export function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] as number) > (logits[best] as number)) best = i;
  return best;
}

/** Logits after all processors, on a copy. */
export function processLogits(logits: Float32Array, seen: Iterable<number>, options: SamplingOptions): Float32Array {
  const { temperature = 1, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 } = options;
  const processed = logits.slice();
  if (repetitionPenalty !== 1) penalizeRepetition(processed, seen, repetitionPenalty);
  if (temperature === 0) return processed;
  if (temperature !== 1)
    for (let i = 0; i < processed.length; i++) processed[i] = (processed[i] as number) / temperature;
  keepTopK(processed, topK);
  keepTopP(processed, topP);
  keepMinP(processed, minP);
  return processed;
}

export interface DrawAddress {
  readonly seed: number;
  /** Number of the sequence among all that were asked for. */
  readonly sequence: number;
  /** Number of the generated token. */
  readonly step: number;
}

/** The next token. `seen` are the ids of prompt and answer so far. */
export function sampleToken(
  logits: Float32Array,
  seen: Iterable<number>,
  options: SamplingOptions,
  { seed, sequence, step }: DrawAddress,
): number {
  const processed = processLogits(logits, seen, options);
  if (options.temperature === 0) return argmax(processed);
  const probabilities = softmax(processed);
  let left = randomAt(seed, "generate", sequence, step).uniform();
  let last = 0;
  for (const [id, probability] of probabilities.entries()) {
    if (probability === 0) continue;
    last = id;
    left -= probability;
    if (left < 0) return id;
  }
  return last;
}
