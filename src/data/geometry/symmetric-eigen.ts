/**
 * Eigenvalues and eigenvectors of a symmetric matrix: Householder's reduction to three diagonals, then QL steps with
 * implicit shifts (Bowdler, Martin, Reinsch and Wilkinson 1968; the routines tred2 and tql2 of EISPACK). About
 * 4 n^3 operations, or a third of that for eigenvalues alone.
 *
 * Matrices are flat, row after row.
 */
import { internal } from "../../base/errors.ts";

export interface Eigen {
  /** In no order. */
  readonly values: Float64Array;
  /** Column j belongs to value j. */
  readonly vectors: Float64Array;
}

export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const vectors = Float64Array.from(matrix);
  const { diagonal, off } = reduce(vectors, n, true);
  iterate(diagonal, off, n, vectors);
  return { values: diagonal, vectors };
}

export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  const { diagonal, off } = reduce(Float64Array.from(matrix), n, false);
  iterate(diagonal, off, n, undefined);
  return diagonal;
}

/** The square root with no negative eigenvalue; those of the matrix below 0 (by rounding) count as 0. */
export function symmetricSquareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, n);
  const root = new Float64Array(n * n);
  const scaled = new Float64Array(n);
  const roots = values.map((value) => Math.sqrt(Math.max(0, value)));
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) scaled[k] = (vectors[i * n + k] as number) * (roots[k] as number);
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += (scaled[k] as number) * (vectors[j * n + k] as number);
      root[i * n + j] = sum;
      root[j * n + i] = sum;
    }
  }
  return root;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** off[i] stands between i - 1 and i; off[0] is 0. */
  readonly off: Float64Array;
}

/** Overwrites `a` with the orthogonal matrix of the reduction when `withVectors`. */
function reduce(a: Float64Array, n: number, withVectors: boolean): Tridiagonal {
  const diagonal = new Float64Array(n);
  const off = new Float64Array(n);
  const at = (i: number, j: number): number => a[i * n + j] as number;
  for (let i = n - 1; i > 0; i--) {
    let squares = 0;
    for (let k = 0; k < i; k++) squares += at(i, k) ** 2;
    const last = at(i, i - 1);
    // A row that is zero but for its last number is reduced already.
    if (squares - last * last <= 0) {
      off[i] = last;
      continue;
    }
    const length = last >= 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    off[i] = length;
    const h = squares - last * length;
    a[i * n + i - 1] = last - length;
    // off[0..i) holds p = A u / h, then q = p - (u.p / 2h) u; A becomes A - u q' - q u'.
    let product = 0;
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k <= j; k++) sum += at(j, k) * at(i, k);
      for (let k = j + 1; k < i; k++) sum += at(k, j) * at(i, k);
      off[j] = sum / h;
      product += (off[j] as number) * at(i, j);
    }
    const half = product / (2 * h);
    for (let j = 0; j < i; j++) {
      const u = at(i, j);
      const q = (off[j] as number) - half * u;
      off[j] = q;
      for (let k = 0; k <= j; k++) a[j * n + k] = at(j, k) - u * (off[k] as number) - q * at(i, k);
    }
    diagonal[i] = h;
  }
  off[0] = 0;
  if (!withVectors) {
    for (let i = 0; i < n; i++) diagonal[i] = at(i, i);
    return { diagonal, off };
  }
  for (let i = 0; i < n; i++) {
    const h = diagonal[i] as number;
    if (h !== 0) {
      for (let j = 0; j < i; j++) {
        let sum = 0;
        for (let k = 0; k < i; k++) sum += at(i, k) * at(k, j);
        for (let k = 0; k < i; k++) a[k * n + j] = at(k, j) - (sum / h) * at(i, k);
      }
    }
    diagonal[i] = at(i, i);
    a[i * n + i] = 1;
    for (let j = 0; j < i; j++) {
      a[i * n + j] = 0;
      a[j * n + i] = 0;
    }
  }
  return { diagonal, off };
}

const MOST_STEPS = 60;

/** Turns `d` into eigenvalues, and rotates the columns of `vectors` along. */
function iterate(d: Float64Array, off: Float64Array, n: number, vectors: Float64Array | undefined): void {
  const e = new Float64Array(n);
  e.set(off.subarray(1));
  for (let low = 0; low < n; low++) {
    for (let step = 0; ; step++) {
      let m = low;
      while (m < n - 1) {
        const scale = Math.abs(d[m] as number) + Math.abs(d[m + 1] as number);
        if (Math.abs(e[m] as number) <= Number.EPSILON * scale) break;
        m++;
      }
      if (m === low) break;
      if (step === MOST_STEPS) internal(`the eigenvalues of a matrix of ${n} rows do not converge`);
      turn(d, e, { low, high: m, n, vectors });
    }
  }
}

interface Turn {
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly vectors: Float64Array | undefined;
}

/** One QL step with implicit shift on rows low to high. */
function turn(d: Float64Array, e: Float64Array, { low, high, n, vectors }: Turn): void {
  const value = (array: Float64Array, i: number): number => array[i] as number;
  let g = (value(d, low + 1) - value(d, low)) / (2 * value(e, low));
  const length = Math.hypot(g, 1);
  g = value(d, high) - value(d, low) + value(e, low) / (g + (g >= 0 ? length : -length));
  let [sine, cosine, p] = [1, 1, 0];
  for (let i = high - 1; i >= low; i--) {
    const f = sine * value(e, i);
    const b = cosine * value(e, i);
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] = value(d, i + 1) - p;
      e[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    const shifted = value(d, i + 1) - p;
    const t = (value(d, i) - shifted) * sine + 2 * cosine * b;
    p = sine * t;
    d[i + 1] = shifted + p;
    g = cosine * t - b;
    if (vectors === undefined) continue;
    for (let k = 0; k < n; k++) {
      const at = k * n + i;
      const [left, right] = [value(vectors, at), value(vectors, at + 1)];
      vectors[at + 1] = sine * left + cosine * right;
      vectors[at] = cosine * left - sine * right;
    }
  }
  d[low] = value(d, low) - p;
  e[low] = g;
  e[high] = 0;
}
