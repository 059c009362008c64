/** AdamW with 8-bit state against the formula of bitsandbytes' kernel, with its maps: test/oracles/optimizers.py. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { adamw8bit } from "../optim/adamw-8bit.ts";
import { dynamicMap } from "../optim/blockwise.ts";
import { oneGroup } from "../optim/groups.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { createHostStep } from "./host-step.ts";

interface Golden {
  readonly steps: number;
  readonly size: number;
  readonly learning_rate: number;
  readonly weight_decay: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly maps: readonly [readonly number[], readonly number[]];
  readonly parameters_after: readonly number[];
  readonly codes_after: readonly [readonly number[], readonly number[]];
  readonly absmax_after: readonly [readonly number[], readonly number[]];
}
const path = join(import.meta.dirname, "../../test/golden/train/adamw-8bit.json");
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;

it("has the values of bitsandbytes' dynamic maps", () => {
  for (const [i, signed] of [true, false].entries()) {
    for (const [k, value] of dynamicMap(signed).entries()) expect(value).toBeCloseTo(golden.maps[i]?.[k] as number, 6);
  }
});

it("follows the reference, codes and largest values of each block included", async () => {
  const { size, betas, epsilon } = golden;
  const shape = [size / 10, 10];
  const step = await createHostStep({
    specs: [{ name: "weight", shape }],
    initial: new Map([["weight", Float32Array.from({ length: size }, (_, i) => Math.sin(0.91 * i))]]),
    loss: (leaves) => ({
      loss: t.sumAll(t.mul(leaves.get("weight") as Tensor, t.input("given", "float32", shape))),
      sums: {},
    }),
    groups: oneGroup(adamw8bit({ beta1: betas[0], beta2: betas[1], epsilon }), golden.weight_decay),
    runtime: createNodeRuntime({ threads: 1 }),
    compile: {},
  });
  for (let number = 1; number <= golden.steps; number++) {
    const data = Float32Array.from({ length: size }, (_, i) => Math.sin(0.37 * i + 1.1 * number) * 10 ** ((i % 5) - 3));
    await step.accumulate({ given: { dtype: "float32", shape, data } }, { first: true });
    await step.update({ step: number, learningRate: golden.learning_rate }, 1);
  }
  const { parameters, slots } = await step.readState();
  const slot = (name: string): readonly number[] => [...(slots.get(`${name}/weight`) ?? [])].slice(0, size);
  for (const [i, value] of golden.parameters_after.entries()) {
    expect(Math.abs((parameters.get("weight")?.[i] as number) - value), `number ${i}`).toBeLessThan(2e-5);
  }
  for (const [i, name] of ["exp_avg", "exp_avg_sq"].entries()) {
    expect(slot(`${name}_8bit`)).toEqual(golden.codes_after[i]);
    for (const [k, value] of (golden.absmax_after[i] ?? []).entries()) {
      expect((slot(`${name}_absmax`)[k] as number) / value).toBeCloseTo(1, 6);
    }
  }
  expect(slots.get("exp_avg_8bit/weight")).toBeInstanceOf(Uint8Array);
  await step.release();
});
