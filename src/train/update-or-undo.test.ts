import { describe, expect, it } from "vitest";
import { adamw } from "../optim/adamw.ts";
import { oneGroup } from "../optim/groups.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import * as t from "../tensor/functions.ts";
import { createHostStep } from "./host-step.ts";
import { updateOrUndo } from "./update-or-undo.ts";

const runtime = createNodeRuntime({ threads: 1 });

/** A parameter w of two numbers with the loss scale * sum(x w). */
const createStep = () =>
  createHostStep({
    specs: [{ name: "w", shape: [2] }],
    initial: new Map([["w", Float32Array.of(1, 2)]]),
    loss: (leaves) => ({
      sums: {},
      loss: t.mul(
        t.sumAll(t.mul(leaves.get("w") ?? t.input("w", "float32", [2]), t.input("x", "float32", [2]))),
        t.input("loss_scale", "float32", []),
      ),
    }),
    groups: oneGroup(adamw(), 0),
    runtime,
    compile: {},
  });

const tensor = (shape: readonly number[], ...data: readonly number[]) => ({
  dtype: "float32" as const,
  shape,
  data: Float32Array.from(data),
});
const feeds = { x: tensor([2], 3, -1), loss_scale: tensor([], 1) };

describe("updateOrUndo", () => {
  it("leaves parameters and slots as they were when a rate is beyond all numbers", async () => {
    const step = await createStep();
    for (const number of [1, 2]) {
      await step.accumulate(feeds, { first: true });
      await updateOrUndo(step, { step: number, learningRate: 2 }, 1);
    }
    const before = await step.readState();
    await step.accumulate(feeds, { first: true });
    const update = updateOrUndo(step, { step: 3, learningRate: 1e39 }, 1);
    await expect(update).rejects.toMatchObject({
      code: "E_TRAIN_NOT_FINITE",
      what: expect.stringMatching(/learning rate 1e\+39 .*"w" (-?Infinity|NaN)/) as string,
    });
    expect(await step.readState()).toEqual(before);
    await step.release();
  });
});
