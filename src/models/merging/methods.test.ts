import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { mergeMethods, type MergeMethodName } from "./index.ts";
import type { MergeInputs, MergeNumbers } from "./method.ts";
import { dropAndRescale, keepLargest } from "./sparsify.ts";

interface Golden {
  readonly base: readonly number[];
  readonly models: readonly (readonly number[])[];
  readonly cases: readonly {
    readonly method: MergeMethodName;
    readonly numbers: Partial<MergeNumbers>;
    readonly models?: number;
    /** In place of the second model. */
    readonly second?: readonly number[];
    readonly merged: readonly number[];
  }[];
}

const golden = JSON.parse(
  await readFile(new URL("../../../test/golden/merge-methods.json", import.meta.url), "utf8"),
) as Golden;
const base = Float32Array.from(golden.base);
const models = golden.models.map((values) => Float32Array.from(values));

const defaults: MergeInputs = {
  name: "w",
  models,
  weights: [1, 1, 1],
  density: [1, 1, 1],
  lambda: 1,
  normalize: false,
  t: 0.5,
  seed: 1,
};

function merge(name: MergeMethodName, inputs: Partial<MergeInputs>): Float32Array {
  const method = mergeMethods[name];
  const all = { ...defaults, ...inputs };
  return method.base ? method.merge({ ...all, base }) : method.merge(all);
}

const largestDifference = (a: Float32Array, b: ArrayLike<number>): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);

describe("methods of merging", () => {
  it.each(golden.cases.map((one, index) => ({ ...one, title: `${one.method} ${index}` })))(
    "give what mergekit gives: $title",
    ({ method, numbers, models: count = 3, second, merged }) => {
      const given = models.slice(0, count);
      if (second !== undefined) given[1] = Float32Array.from(second);
      const found = merge(method, { ...numbers, models: given });
      expect(largestDifference(found, merged)).toBeLessThan(1e-6);
    },
  );

  it.each(Object.keys(mergeMethods) as MergeMethodName[])("%s of copies of one model is that model", (name) => {
    const copies = Array.from({ length: mergeMethods[name].base ? 1 : 2 }, () => models[0] as Float32Array);
    const merged = merge(name, { models: copies, weights: copies.map(() => 1), normalize: true });
    expect(largestDifference(merged, models[0] as Float32Array)).toBeLessThan(1e-6);
  });

  it("linear weighs, and divides by the weights only when asked", () => {
    const two = [Float32Array.of(1, 2), Float32Array.of(3, -2)];
    expect([...merge("linear", { models: two, weights: [1, 3], normalize: true })]).toEqual([2.5, -1]);
    expect([...merge("linear", { models: two, weights: [1, -1] })]).toEqual([-2, 4]);
  });

  it("an instruction residual is two task vectors", () => {
    const [pretrained, instructed] = models as [Float32Array, Float32Array];
    const wanted = pretrained.map((x, i) => x + (instructed[i] as number) - (base[i] as number));
    const found = merge("task_arithmetic", { models: [pretrained, instructed], weights: [1, 1] });
    expect(largestDifference(found, wanted)).toBeLessThan(1e-6);
  });

  it("dare drops by seed, tensor and model, and is the plain sum at density 1", () => {
    const thin = { density: [0.5, 0.5, 0.5] };
    expect(merge("dare_linear", thin)).toEqual(merge("dare_linear", thin));
    for (const other of [{ seed: 2 }, { name: "v" }]) {
      expect(merge("dare_linear", { ...thin, ...other })).not.toEqual(merge("dare_linear", thin));
    }
    expect(merge("dare_linear", {})).toEqual(merge("task_arithmetic", {}));
    expect(merge("dare_ties", {})).toEqual(merge("ties", {}));
  });
});

describe("thinning a task vector", () => {
  it("dropAndRescale keeps the expected vector", () => {
    const ones = new Float32Array(20_000).fill(1);
    const kept = dropAndRescale(ones, 0.25, ["test"]);
    expect(new Set(kept)).toEqual(new Set([0, 4]));
    // The mean's standard deviation is sqrt(3 / 20000) = 0.012.
    expect(Math.abs(kept.reduce((sum, value) => sum + value, 0) / ones.length - 1)).toBeLessThan(0.05);
  });

  it("keepLargest keeps so many, the earlier of equals, and never none", () => {
    expect([...keepLargest(Float32Array.of(1, -3, 2, -2, 0.5), 0.4)]).toEqual([0, -3, 2, 0, 0]);
    expect([...keepLargest(Float32Array.of(0, -1), 0.1)]).toEqual([0, -1]);
  });
});
