import { describe, expect, it } from "vitest";
import { adamw } from "../optim/adamw.ts";
import { oneGroup } from "../optim/groups.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { LossTerms } from "../losses/loss-terms.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { createDeviceStep } from "./device-step.ts";
import { createHostStep } from "./host-step.ts";

// The programs of the device step run on any device; here on the CPU, against the step in host memory.
const runtime = createNodeRuntime({ threads: 1 });
const options = {
  specs: [
    { name: "weight", shape: [2, 2] },
    { name: "bias", shape: [2] },
  ],
  initial: new Map([
    ["weight", Float32Array.of(1, 2, 3, 4)],
    ["bias", Float32Array.of(0.5, -0.5)],
  ]),
  loss: (leaves: ReadonlyMap<string, Tensor>): LossTerms => {
    const x = t.input("x", "float32", ["batch", 2]);
    const y = t.add(t.matmul(x, leaves.get("weight") as Tensor), leaves.get("bias") as Tensor);
    const sum = t.sumAll(t.mul(y, y));
    return { loss: t.mul(sum, t.input("loss_scale", "float32", [])), sums: { unscaled: sum } };
  },
  groups: oneGroup(adamw(), 0.1),
  runtime,
  compile: {},
};
const feed = (...rows: readonly number[]) => ({
  x: { dtype: "float32" as const, shape: [rows.length / 2, 2], data: Float32Array.from(rows) },
  loss_scale: { dtype: "float32" as const, shape: [], data: Float32Array.of(0.5) },
});

describe("createDeviceStep", () => {
  it("takes the same steps as the step in host memory, accumulation and state included", async () => {
    const [device, host] = [await createDeviceStep(options), await createHostStep(options)];
    for (const step of [1, 2, 3]) {
      for (const one of [device, host]) {
        await one.accumulate(feed(step, 1), { first: true });
        const { loss, sums } = await one.accumulate(feed(2, step, 1, 1), { first: false });
        expect(sums["unscaled"]).toBeCloseTo(2 * loss, 3);
      }
      expect(await device.gradientNorm(step)).toBeCloseTo(await host.gradientNorm(step), 4);
      for (const one of [device, host]) await one.update({ step, learningRate: 0.01 }, 0.5);
    }
    const [a, b] = [await device.readState(), await host.readState()];
    for (const group of ["parameters", "slots"] as const) {
      expect([...a[group].keys()].toSorted()).toEqual([...b[group].keys()].toSorted());
      for (const [name, values] of a[group]) {
        for (const [i, value] of values.entries()) expect(value).toBeCloseTo(b[group].get(name)?.[i] as number, 5);
      }
    }
    expect((await device.evaluate(feed(1, 1))).loss).toBeCloseTo((await host.evaluate(feed(1, 1))).loss, 4);
    const resumed = await createDeviceStep(options);
    await resumed.writeState(a);
    expect(await resumed.readState()).toEqual(a);
  });
});
