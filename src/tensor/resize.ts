/**
 * Resizing along axes, as torch.nn.functional.interpolate does it (antialias off). Each axis is a product with a
 * matrix of weights [to, from] that is known now, so gradients and every mode come from matmul's own rule; for
 * nearest by whole factors, repeating is cheaper. Cubic uses a = -0.75 (Keys 1981). Left out: symbolic axes.
 */
import { fail } from "../base/errors.ts";
import * as t from "./functions.ts";
import type { Tensor } from "./graph.ts";
import { formatShape, mulDims, normalizeAxis, type Dim } from "./shape.ts";

export type ResizeMode = "nearest" | "linear" | "cubic";

export interface ResizeOptions {
  readonly mode: ResizeMode;
  /** Whether the first and last elements stay where they are; else pixels have centres at halves. */
  readonly alignCorners?: boolean;
}

/** Resizes each axis of `sizes` (axis -> new size). Throws E_TENSOR_SHAPE where an axis is symbolic. */
export function resize(x: Tensor, sizes: ReadonlyMap<number, number>, options: ResizeOptions): Tensor {
  let result = x;
  for (const [axis, to] of sizes) {
    const at = normalizeAxis("resize", axis, x.shape.length);
    const from = x.shape[at];
    if (typeof from !== "number" || !Number.isInteger(to) || to < 1) {
      fail("E_TENSOR_SHAPE", {
        what: `resize: axis ${axis} of ${formatShape(x.shape)} does not become ${to}; wants sizes that are known.`,
      });
    }
    if (from === to) continue;
    if (options.mode === "nearest" && to % from === 0) result = repeat(result, at, to / from);
    else result = alongAxis(result, at, t.constant(resizeMatrix(from, to, options), "float32", [to, from]));
  }
  return result;
}

function repeat(x: Tensor, axis: number, times: number): Tensor {
  const size = x.shape[axis] as Dim;
  const apart = t.unsqueeze(x, [axis + 1]);
  const wide = t.expand(apart, [...x.shape.slice(0, axis + 1), times, ...x.shape.slice(axis + 1)]);
  return t.reshape(wide, [...x.shape.slice(0, axis), mulDims(size, times), ...x.shape.slice(axis + 1)]);
}

function alongAxis(x: Tensor, axis: number, matrix: Tensor): Tensor {
  const weights = t.cast(matrix, x.dtype);
  if (axis === x.shape.length - 1) return t.matmul(x, weights, { transB: true });
  if (axis === x.shape.length - 2) return t.matmul(weights, x);
  const perm = x.shape.map((_, i) => i);
  perm.push(...perm.splice(axis, 1));
  const last = t.matmul(t.transpose(x, perm), weights, { transB: true });
  return t.transpose(
    last,
    perm.map((_, i) => perm.indexOf(i)),
  );
}

/** Row-major weights [to, from]. */
export function resizeMatrix(from: number, to: number, { mode, alignCorners = false }: ResizeOptions): Float32Array {
  const weights = new Float32Array(to * from);
  for (let place = 0; place < to; place++) {
    const add = (at: number, weight: number): void => {
      const index = place * from + Math.min(Math.max(at, 0), from - 1);
      weights[index] = (weights[index] as number) + weight;
    };
    if (mode === "nearest") {
      add(Math.floor((place * from) / to), 1);
      continue;
    }
    const centre = alignCorners ? (to === 1 ? 0 : (place * (from - 1)) / (to - 1)) : ((place + 0.5) * from) / to - 0.5;
    const source = mode === "linear" ? Math.max(centre, 0) : centre;
    const low = Math.floor(source);
    const part = source - low;
    const taps = mode === "linear" ? [0, 1] : [-1, 0, 1, 2];
    for (const tap of taps) add(low + tap, mode === "linear" ? 1 - Math.abs(part - tap) : cubic(Math.abs(part - tap)));
  }
  return weights;
}

function cubic(distance: number): number {
  const a = -0.75;
  const d = distance;
  return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}
