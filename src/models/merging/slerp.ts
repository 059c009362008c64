/**
 * Spherical interpolation of two models (Shoemake 1985): along the great circle between the two directions of a tensor,
 * taken as one vector. Where the two point the same way or opposite ways the circle is not defined, and the straight
 * line is taken, as mergekit does beyond a cosine of 0.9995.
 */
import type { PlainMethod } from "./method.ts";

const STRAIGHT = 0.9995;
const TINY_NORM = 1e-8;

export const slerp: PlainMethod = {
  base: false,
  reads: ["t"],
  normalize: false,
  minModels: 2,
  maxModels: 2,
  merge: ({ models, t }) => {
    const [first, second] = models as readonly [Float32Array, Float32Array];
    const cosine = Math.min(1, Math.max(-1, dot(first, second) / (norm(first) * norm(second))));
    let [a, b] = [1 - t, t];
    if (Math.abs(cosine) <= STRAIGHT) {
      const angle = Math.acos(cosine);
      [a, b] = [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
    }
    return first.map((x, i) => a * x + b * (second[i] as number));
  },
};

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (const [i, x] of a.entries()) sum += x * (b[i] as number);
  return sum;
}

/** A vector that is zero has no direction: 1 keeps the cosine a number. */
function norm(values: Float32Array): number {
  const length = Math.sqrt(dot(values, values));
  return length > TINY_NORM ? length : 1;
}
