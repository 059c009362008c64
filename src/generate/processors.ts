/**
 * What may be done to a row of logits before a token is drawn: pure functions that work in place and put
 * minus infinity where a token is out. Each does what the processor of the same name in transformers does, its
 * float32 rounding at the bounds and its choice among equals included.
 */

const OUT = Number.NEGATIVE_INFINITY;

/** Divides the positive and multiplies the negative logits of tokens that occurred (Keskar et al. 2019, section 4.1). */
export function penalizeRepetition(logits: Float32Array, seen: Iterable<number>, penalty: number): void {
  for (const id of new Set(seen)) {
    const value = logits[id];
    if (value !== undefined) logits[id] = value < 0 ? value * penalty : value / penalty;
  }
}

export function divideByTemperature(logits: Float32Array, temperature: number): void {
  let [top, size] = [OUT, 0];
  for (const value of logits) {
    top = Math.max(top, value);
    if (value !== OUT) size = Math.max(size, Math.abs(value));
  }
  // Quotients beyond float32 would all be infinite; those of differences to the largest are at most 0.
  const origin = Number.isFinite(Math.fround(size / temperature)) ? 0 : top;
  for (let i = 0; i < logits.length; i++) logits[i] = ((logits[i] as number) - origin) / temperature;
}

/** Keeps the k largest and their equals. */
export function keepTopK(logits: Float32Array, k: number): void {
  if (k >= logits.length) return;
  dropBelow(logits, kthLargest(logits, k));
}

/** Keeps the likeliest tokens that together reach probability p, at least one (Holtzman et al. 2020). */
export function keepTopP(logits: Float32Array, p: number): void {
  const spare = Math.fround(1 - p);
  const top = logits[argmax(logits)] as number;
  const total = totalWeight(logits, top);
  // Tokens that are out even all together need no sorting; of a trained model's vocabulary few are left.
  const negligible = spare / (2 * logits.length);
  const candidates = new Float32Array(logits.length);
  let count = 0;
  let below = 0;
  for (let i = 0; i < logits.length; i++) {
    const value = logits[i] as number;
    const probability = Math.exp(value - top) / total;
    if (probability > negligible) candidates[count++] = value;
    else {
      below += probability;
      logits[i] = OUT;
    }
  }
  const ascending = candidates.subarray(0, count).sort();
  let out = 0;
  while (out < ascending.length - 1) {
    below += Math.exp((ascending[out] as number) - top) / total;
    if (Math.fround(below) > spare) break;
    out++;
  }
  const bound = ascending[out] as number;
  dropBelow(logits, bound);
  // Of equals at the bound, those that come first are out.
  let equals = out - ascending.indexOf(bound);
  for (let i = 0; equals > 0; i++) {
    if (logits[i] !== bound) continue;
    logits[i] = OUT;
    equals--;
  }
}

/** Drops tokens less likely than `share` of the likeliest one (Nguyen et al. 2024). */
export function keepMinP(logits: Float32Array, share: number): void {
  // p < share * top in logits, where the normaliser cancels.
  dropBelow(logits, (logits[argmax(logits)] as number) + Math.log(share));
}

/** Place of the largest value, the first of equals. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}

/** The token at this share, from 0 to below 1, of all probability laid out in order of ids. */
export function tokenAt(logits: Float32Array, share: number): number {
  const top = logits[argmax(logits)] as number;
  let left = share * totalWeight(logits, top);
  let last = 0;
  for (let id = 0; id < logits.length; id++) {
    const value = logits[id] as number;
    if (value === OUT) continue;
    last = id;
    left -= Math.exp(value - top);
    if (left < 0) return id;
  }
  // The subtractions may leave a hair.
  return last;
}

function totalWeight(logits: Float32Array, top: number): number {
  let total = 0;
  for (let i = 0; i < logits.length; i++) {
    const value = logits[i] as number;
    if (value !== OUT) total += Math.exp(value - top);
  }
  return total;
}

function dropBelow(logits: Float32Array, bound: number): void {
  for (let i = 0; i < logits.length; i++) if ((logits[i] as number) < bound) logits[i] = OUT;
}

/** By insertion into the k largest so far: few of a vocabulary ever get in. */
function kthLargest(values: Float32Array, k: number): number {
  const largest = values.slice(0, k).sort();
  for (let i = k; i < values.length; i++) {
    const value = values[i] as number;
    if (value <= (largest[0] as number)) continue;
    let at = 0;
    while (at + 1 < k && (largest[at + 1] as number) < value) {
      largest[at] = largest[at + 1] as number;
      at++;
    }
    largest[at] = value;
  }
  return largest[0] as number;
}
