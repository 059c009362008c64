import { describe, expect, it } from "vitest";
import { adamw } from "../optim/adamw.ts";
import { sgd } from "../optim/sgd.ts";
import { oneGroup } from "../optim/groups.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { LossTerms } from "../losses/loss-terms.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { createHostStep } from "./host-step.ts";

const runtime = createNodeRuntime({ threads: 1 });
const specs = [
  { name: "weight", shape: [2, 2] },
  { name: "bias", shape: [2] },
];
const initial = new Map([
  ["weight", Float32Array.of(1, 2, 3, 4)],
  ["bias", Float32Array.of(0.5, -0.5)],
]);

/** scale * sum((x W + b)^2) / 2 for x [batch, 2]. */
function loss(leaves: ReadonlyMap<string, Tensor>): LossTerms {
  const x = t.input("x", "float32", ["batch", 2]);
  const y = t.add(t.matmul(x, leaves.get("weight") as Tensor), leaves.get("bias") as Tensor);
  const sum = t.mul(t.sumAll(t.mul(y, y)), 0.5);
  return { loss: t.mul(sum, t.input("loss_scale", "float32", [])), sums: { unscaled: sum } };
}

const feed = (rows: readonly number[], scale: number) => ({
  x: { dtype: "float32" as const, shape: [rows.length / 2, 2], data: Float32Array.from(rows) },
  loss_scale: { dtype: "float32" as const, shape: [], data: Float32Array.of(scale) },
});

describe("createHostStep", () => {
  it("takes the step of AdamW written out by hand, and spares vectors from decay", async () => {
    const step = await createHostStep({
      specs,
      initial,
      loss,
      groups: oneGroup(adamw(), 0.1),
      runtime,
      compile: {},
    });
    const value = await step.accumulate(feed([1, 1], 1), { first: true });
    // y = [4.5, 5.5]; loss = (4.5^2 + 5.5^2)/2; dW = xᵀ y, db = y
    expect(value.loss).toBeCloseTo(25.25, 5);
    expect(await step.gradientNorm(1)).toBeCloseTo(Math.sqrt(3 * (4.5 ** 2 + 5.5 ** 2)), 4);
    await step.update({ step: 1, learningRate: 0.01 }, 1);
    const after = await step.readParameters();
    // The first Adam step moves every element by the learning rate, after decay by 1 - 0.01 * 0.1.
    const expected = [1, 2, 3, 4].map((w) => w * 0.999 - 0.01);
    for (const [i, w] of expected.entries()) expect(after.get("weight")?.[i]).toBeCloseTo(w, 5);
    expect(after.get("bias")?.[0]).toBeCloseTo(0.49, 5);
    await step.release();
  });

  it("gives the gradient of the whole batch when it is split", async () => {
    const make = () => createHostStep({ specs, initial, loss, groups: oneGroup(sgd(), 0), runtime, compile: {} });
    const [whole, split] = await Promise.all([make(), make()]);
    await whole.accumulate(feed([1, 2, 3, 4, 5, 6], 1 / 3), { first: true });
    await split.accumulate(feed([1, 2], 1 / 3), { first: true });
    await split.accumulate(feed([3, 4], 1 / 3), { first: false });
    await split.accumulate(feed([5, 6], 1 / 3), { first: false });
    const norm = await whole.gradientNorm(1);
    expect(Math.abs((await split.gradientNorm(1)) - norm)).toBeLessThan(1e-5 * norm);
    await whole.update({ step: 1, learningRate: 0.1 }, 1);
    await split.update({ step: 1, learningRate: 0.1 }, 1);
    const [a, b] = [await whole.readParameters(), await split.readParameters()];
    for (const name of ["weight", "bias"]) {
      for (const [i, value] of (a.get(name) as Float32Array).entries()) {
        expect(Math.abs(value - (b.get(name)?.[i] as number))).toBeLessThan(1e-5 * (1 + Math.abs(value)));
      }
    }
  });

  it("writes the gradient of one micro-batch alone where it does not accumulate", async () => {
    const make = (accumulates: boolean) =>
      createHostStep({ specs, initial, loss, groups: oneGroup(sgd(), 0), accumulates, runtime, compile: {} });
    const [one, many] = [await make(false), await make(true)];
    for (const step of [one, many]) {
      await step.accumulate(feed([7, 8], 1), { first: true });
      await step.accumulate(feed([1, 2], 1), { first: true });
      await step.update({ step: 1, learningRate: 0.1 }, 1);
    }
    expect(await one.readState()).toEqual(await many.readState());
    await expect(one.accumulate(feed([1, 2], 1), { first: false })).rejects.toThrow("does not accumulate");
  });

  it("continues bit for bit from its own state", async () => {
    const make = () => createHostStep({ specs, initial, loss, groups: oneGroup(adamw(), 0.1), runtime, compile: {} });
    const [straight, stopped, resumed] = [await make(), await make(), await make()];
    const run = async (step: Awaited<ReturnType<typeof make>>, number: number): Promise<void> => {
      await step.accumulate(feed([number, 1], 1), { first: true });
      await step.update({ step: number, learningRate: 0.01 }, 0.5);
    };
    for (const number of [1, 2, 3, 4]) await run(straight, number);
    for (const number of [1, 2]) await run(stopped, number);
    await resumed.writeState(await stopped.readState());
    for (const number of [3, 4]) await run(resumed, number);
    expect(await resumed.readState()).toEqual(await straight.readState());
  });

  it("evaluates without touching gradients", async () => {
    const step = await createHostStep({
      specs,
      initial,
      loss,
      groups: oneGroup(adamw(), 0),
      runtime,
      compile: {},
    });
    const { loss: scaled, sums } = await step.evaluate(feed([1, 1], 2));
    expect(scaled).toBeCloseTo(50.5, 4);
    expect(sums["unscaled"]).toBeCloseTo(25.25, 4);
    await step.release();
  });
});
