import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createMinHashKernel, type Permutation } from "./minhash-kernel.ts";

const PRIME = (1n << 61n) - 1n;

const value = ({ a, b }: Permutation, hash: number): number =>
  Number((BigInt.asUintN(64, a * BigInt(hash) + b) % PRIME) & 0xffffffffn);

const permutation = fc.record({
  a: fc.bigInt({ min: 1n, max: PRIME - 1n }),
  b: fc.bigInt({ min: 0n, max: PRIME - 1n }),
});
const hash = fc.integer({ min: 0, max: 0xffffffff });

it("finds the least value of each permutation as whole numbers give it", () => {
  fc.assert(
    fc.property(
      fc.array(permutation, { minLength: 1, maxLength: 9 }),
      fc.array(hash, { minLength: 1, maxLength: 12 }),
      (permutations, hashes) => {
        const kernel = createMinHashKernel(permutations);
        kernel.start();
        kernel.hashes.set(hashes);
        kernel.add(hashes.length);
        const least = permutations.map((p) => Math.min(...hashes.map((h) => value(p, h))));
        expect([...kernel.minima()]).toEqual(least);
      },
    ),
  );
});

it("is exact where the remainder is at its edge", () => {
  // With a hash of 1 the sum is a + b: the prime itself, its neighbours, and their multiples.
  const sums = [-1n, 0n, 1n, 7n].flatMap((near) => [1n, 2n, 3n, 7n].map((times) => PRIME * times + near));
  const permutations = sums.map((sum) => ({ a: PRIME - 1n, b: sum - (PRIME - 1n) }));
  const kernel = createMinHashKernel(permutations);
  kernel.start();
  kernel.hashes[0] = 1;
  kernel.add(1);
  expect([...kernel.minima()]).toEqual(permutations.map((p) => value(p, 1)));
});

it("takes hashes in several goes and forgets them at a new start", () => {
  const permutations = [{ a: 12345678901234567n, b: 99n }];
  const [first] = permutations as [Permutation];
  const kernel = createMinHashKernel(permutations);
  kernel.start();
  expect([...kernel.minima()]).toEqual([0xffffffff]);
  for (const h of [5, 6, 7]) {
    kernel.hashes[0] = h;
    kernel.add(1);
  }
  expect(kernel.minima()[0]).toBe(Math.min(...[5, 6, 7].map((h) => value(first, h))));
  kernel.start();
  kernel.add(0);
  expect([...kernel.minima()]).toEqual([0xffffffff]);
});

it("gives bands equal keys exactly when their values are equal", () => {
  const draw = (i: number): Permutation => ({ a: BigInt(i + 1) * 1234567891n, b: BigInt(i) * 77n });
  const kernel = createMinHashKernel(Array.from({ length: 12 }, (_, i) => draw(i % 6)));
  kernel.start();
  kernel.hashes.set([1, 2, 3]);
  kernel.add(3);
  const keys = new BigUint64Array(kernel.bandKeys(4, 3).buffer);
  expect([keys[0], keys[1]]).toEqual([keys[2], keys[3]]);
  expect(keys[0]).not.toBe(keys[1]);
});
