/**
 * Frechet distance between the Gaussians of two sets of points (Dowson and Landau 1982; FID of Heusel et al. 2017):
 *
 *     |mu_A - mu_B|^2 + Tr(S_A + S_B - 2 (S_A S_B)^(1/2))
 *
 * The last trace is the sum of the square roots of the eigenvalues of R S_A R with R = S_B^(1/2), which is symmetric.
 * With fewer points in A than dimensions, those of X S_B X' / (n - 1) are the same but for zeros, and cheaper, where
 * X are the centred points of A. Covariances divide by n - 1, as numpy.cov does.
 */
import { meanOf, type Points } from "./points.ts";
import { symmetricEigenvalues, symmetricSquareRoot } from "./symmetric-eigen.ts";

/** The distance from one fixed set of points to others. */
export function frechetTo(target: Points): (points: Points) => number {
  const { width } = target;
  const mean = meanOf(target);
  const covariance = covarianceOf(centred(target, mean));
  let root: Float64Array | undefined;
  return (points) => {
    const ownMean = meanOf(points);
    const own = centred(points, ownMean);
    const apart = mean.reduce((sum, value, k) => sum + (value - (ownMean[k] as number)) ** 2, 0);
    let spread = trace(covariance, width);
    const scale = 1 / Math.max(1, points.count - 1);
    for (const value of own.values) spread += value * value * scale;
    let eigenvalues: Float64Array;
    if (points.count < width) {
      const projected = multiply(own.values, covariance, points.count, width, width);
      const small = timesTransposed(projected, own.values, points.count, width);
      eigenvalues = symmetricEigenvalues(
        small.map((value) => value * scale),
        points.count,
      );
    } else {
      root ??= symmetricSquareRoot(covariance, width);
      const inner = multiply(root, covarianceOf(own), width, width, width);
      eigenvalues = symmetricEigenvalues(timesTransposed(inner, root, width, width), width);
    }
    const shared = eigenvalues.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
    return apart + spread - 2 * shared;
  };
}

function centred(points: Points, mean: Float64Array): Points {
  const values = points.values.map((value, i) => value - (mean[i % points.width] as number));
  return { ...points, values };
}

/** Of centred points. */
function covarianceOf({ count, width, values }: Points): Float64Array {
  const covariance = new Float64Array(width * width);
  const scale = 1 / Math.max(1, count - 1);
  for (let i = 0; i < count; i++) {
    const row = values.subarray(i * width, (i + 1) * width);
    for (let j = 0; j < width; j++) {
      const value = (row[j] as number) * scale;
      for (let k = 0; k <= j; k++) {
        covariance[j * width + k] = (covariance[j * width + k] as number) + value * (row[k] as number);
      }
    }
  }
  for (let j = 0; j < width; j++)
    for (let k = 0; k < j; k++) covariance[k * width + j] = covariance[j * width + k] as number;
  return covariance;
}

function trace(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += matrix[i * n + i] as number;
  return sum;
}

/** a [rows, inner] b [inner, columns] */
function multiply(a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number): Float64Array {
  const product = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const value = a[i * inner + k] as number;
      for (let j = 0; j < columns; j++) {
        product[i * columns + j] = (product[i * columns + j] as number) + value * (b[k * columns + j] as number);
      }
    }
  }
  return product;
}

/** a b' for a and b of [rows, width], where the product is known to be symmetric. */
function timesTransposed(a: Float64Array, b: Float64Array, rows: number, width: number): Float64Array {
  const product = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (a[i * width + k] as number) * (b[j * width + k] as number);
      product[i * rows + j] = sum;
      product[j * rows + i] = sum;
    }
  }
  return product;
}
