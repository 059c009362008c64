import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { randomAt } from "../../base/random.ts";
import { farthestFirst } from "./farthest-first.ts";
import { frechetTo } from "./frechet.ts";
import { kMeans } from "./k-means.ts";
import { squaredDistance, type Points } from "./points.ts";
import { symmetricEigen, symmetricEigenvalues, symmetricSquareRoot } from "./symmetric-eigen.ts";

interface Golden {
  readonly matrices: readonly {
    readonly kind: string;
    readonly size: number;
    readonly matrix: readonly number[];
    readonly eigenvalues: readonly number[];
    readonly root: readonly number[];
  }[];
  readonly distances: readonly {
    readonly width: number;
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly distance: number;
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL("../../../test/golden/data/geometry.json", import.meta.url), "utf8"),
) as Golden;

const points = (width: number, values: readonly number[]): Points => ({
  count: values.length / width,
  width,
  values: Float64Array.from(values),
});

const cloud = (count: number, width: number, at: (k: number) => number, seed: number): Points => {
  const { normal } = randomAt(seed);
  return points(
    width,
    Array.from({ length: count * width }, (_, i) => at(i % width) + normal()),
  );
};

describe("symmetric matrices", () => {
  it.each(golden.matrices)("$kind of $size rows: eigenvalues and square root of numpy", (recorded) => {
    const matrix = Float64Array.from(recorded.matrix);
    const [all, alone] = [symmetricEigen(matrix, recorded.size), symmetricEigenvalues(matrix, recorded.size)];
    for (const values of [all.values, alone]) {
      for (const [i, value] of values.toSorted().entries())
        expect(value).toBeCloseTo(recorded.eigenvalues[i] as number, 9);
    }
    // Rounding near an eigenvalue of 0 is the square root of itself large.
    for (const [i, value] of symmetricSquareRoot(matrix, recorded.size).entries()) {
      expect(Math.abs(value - (recorded.root[i] as number))).toBeLessThan(recorded.kind === "low rank" ? 2e-3 : 1e-8);
    }
  });

  it("gives vectors that make the matrix again, whatever it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer(), fc.boolean(), (n, seed, sparse) => {
        const { normal, uniform } = randomAt(seed);
        const matrix = new Float64Array(n * n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = sparse && uniform() < 0.7 ? 0 : normal();
        }
        const { values, vectors } = symmetricEigen(matrix, n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            let [again, inner] = [0, 0];
            for (let k = 0; k < n; k++) {
              again += (vectors[i * n + k] as number) * (values[k] as number) * (vectors[j * n + k] as number);
              inner += (vectors[k * n + i] as number) * (vectors[k * n + j] as number);
            }
            expect(again).toBeCloseTo(matrix[i * n + j] as number, 9);
            expect(inner).toBeCloseTo(i === j ? 1 : 0, 9);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("Frechet distance", () => {
  test.each(golden.distances.map((recorded) => [recorded.a.length / recorded.width, recorded.width, recorded]))(
    "of %i points in %i dimensions is scipy's",
    (_, __, { width, a, b, distance }) => {
      const found = frechetTo(points(width, b))(points(width, a));
      expect(Math.abs(found - distance)).toBeLessThan(1e-5 * Math.max(1, distance));
    },
  );

  it("is 0 to itself, and the same both ways", () => {
    const [a, b] = [cloud(30, 5, () => 0, 1), cloud(4, 5, (k) => k, 2)];
    expect(frechetTo(a)(a)).toBeCloseTo(0, 6);
    expect(frechetTo(b)(a)).toBeCloseTo(frechetTo(a)(b), 5);
    const distance = frechetTo(a);
    expect(distance(b)).toBe(distance(b));
  });
});

describe("farthestFirst", () => {
  it("takes the corners before the middle, and every point once", () => {
    const square = points(2, [0, 0, 1, 1, 10, 0, 0, 10, 10, 10, 1, 1]);
    expect([...farthestFirst(square, 4, [0])].sort()).toEqual([0, 2, 3, 4]);
    expect([...farthestFirst(square, 6, [0])].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("covers with at most twice the least radius", () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 9 }), fc.integer({ min: 1, max: 3 }), fc.integer(), (count, k, seed) => {
        const all = cloud(count, 2, () => 0, seed);
        const radius = (centres: readonly number[]): number =>
          Math.sqrt(
            Math.max(
              ...Array.from({ length: count }, (_, i) =>
                Math.min(...centres.map((centre) => squaredDistance(all, i, all, centre))),
              ),
            ),
          );
        const subsets = Array.from({ length: 1 << count }, (_, mask) =>
          Array.from({ length: count }, (__, i) => i).filter((i) => (mask >> i) & 1),
        ).filter((subset) => subset.length === k);
        const least = Math.min(...subsets.map(radius));
        expect(radius(farthestFirst(all, k, [0]))).toBeLessThanOrEqual(2 * least + 1e-9);
      }),
      { numRuns: 30 },
    );
  });
});

describe("kMeans", () => {
  const blobs = [0, 1, 2].map((blob) => cloud(20 + blob * 10, 3, (k) => (k === blob ? 12 : 0), blob + 1));
  const all = points(
    3,
    blobs.flatMap(({ values }) => [...values]),
  );

  it("finds blobs that lie apart", () => {
    const labels = [...kMeans(all, { clusters: 3, seed: 1 })];
    const parts = [labels.slice(0, 20), labels.slice(20, 50), labels.slice(50)];
    expect(parts.map((part) => new Set(part).size)).toEqual([1, 1, 1]);
    expect(new Set(labels).size).toBe(3);
  });

  it("balanced, gives every cluster the same number of points, give or take one", () => {
    for (const clusters of [2, 4, 7]) {
      const labels = kMeans(all, { clusters, seed: 1, balanced: true });
      const sizes = Array.from({ length: clusters }, (_, c) => labels.filter((label) => label === c).length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }
  });

  it("depends on the seed alone, and makes no more clusters than points", () => {
    expect(kMeans(all, { clusters: 5, seed: 3 })).toEqual(kMeans(all, { clusters: 5, seed: 3 }));
    expect([...kMeans(points(1, [1, 5]), { clusters: 9, seed: 1 })].sort()).toEqual([0, 1]);
  });
});
