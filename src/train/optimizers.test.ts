/** Every optimizer of the table over twelve steps with given gradients, against test/oracles/optimizers.py. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  byTurns,
  drawLayers,
  loraPlus,
  optimizerNames,
  optimizers,
  type Groups,
  type OptimizerName,
} from "../optim/index.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { LossTerms } from "../losses/loss-terms.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { createDeviceStep } from "./device-step.ts";
import { createHostStep } from "./host-step.ts";
import type { StepOptions } from "./step-programs.ts";
import type { TrainStep } from "./train-step.ts";

type Numbers = Readonly<Record<string, readonly number[]>>;
interface Case {
  readonly optim: OptimizerName;
  readonly name: string;
  readonly optim_args: Readonly<Record<string, unknown>>;
  readonly lr: readonly number[];
  readonly parameters_after: Numbers;
  readonly shown_after?: Numbers;
  /** Layers of each interval; their state stays. */
  /** Random matrices, drawn every five steps. */
  readonly projections?: readonly Numbers[] | undefined;
  readonly turns?: { readonly interval: number; readonly layers: readonly (readonly number[])[] } | undefined;
}
interface Golden {
  readonly weight_decay: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly head_dim: number;
  readonly shapes: Numbers;
  readonly initial: Numbers;
  readonly gradients: readonly Numbers[];
  readonly cases: readonly Case[];
}
const path = join(import.meta.dirname, "../../test/golden/train/optimizers.json");
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
const specs = Object.entries(golden.shapes).map(([name, shape]) => ({ name, shape }));
const runtime = createNodeRuntime({ threads: 1 });

/** A loss whose gradient is what is fed. */
function loss(leaves: ReadonlyMap<string, Tensor>): LossTerms {
  const parts = [...leaves].map(([name, leaf]) =>
    t.sumAll(t.mul(leaf, t.input(`given:${name}`, "float32", leaf.shape))),
  );
  return { loss: parts.reduce((a, b) => t.add(a, b)), sums: {} };
}

function groupsOf(optim: OptimizerName, args: Readonly<Record<string, unknown>>, more: Partial<Case> = {}) {
  const { turns, projections } = more;
  const { betas, epsilon, weight_decay, head_dim } = golden;
  const numbers = {
    beta1: betas[0],
    beta2: betas[1],
    epsilon,
    weightDecay: weight_decay,
    seed: 1,
    layers: 2,
    headDim: head_dim,
  };
  const groups = optimizers[optim].groups(optimizers[optim].schema.parse(args), numbers);
  if (projections !== undefined) return withProjections(groups, projections);
  if (turns === undefined) return groups;
  const moving = (interval: number): readonly number[] => turns.layers[interval] ?? [];
  return byTurns(groups, { interval: turns.interval, moving, keepsSlots: true, othersMove: true });
}

/** The same groups with recorded matrices in place of those that are drawn. */
function withProjections(groups: Groups, projections: readonly Numbers[]): Groups {
  return {
    assign: (spec) => {
      const assigned = groups.assign(spec);
      const { refresh } = assigned.optimizer;
      if (refresh === undefined) return assigned;
      const make: typeof refresh.make = ({ name }, _, update) => ({
        projection: Float32Array.from(projections[Math.floor((update - 1) / 5)]?.[name] ?? []),
      });
      return { ...assigned, optimizer: { ...assigned.optimizer, refresh: { ...refresh, make } } };
    },
  };
}

const optionsOf = (groups: StepOptions["groups"]): StepOptions => ({
  specs,
  initial: new Map(Object.entries(golden.initial).map(([name, values]) => [name, Float32Array.from(values)])),
  loss,
  groups,
  runtime,
  compile: {},
});

async function run(step: TrainStep, lr: readonly number[], from = 1, to = lr.length): Promise<void> {
  for (let number = from; number <= to; number++) {
    const given = Object.entries(golden.gradients[number - 1] ?? {}).map(([name, values]) => {
      const shape = golden.shapes[name] as readonly number[];
      return [`given:${name}`, { dtype: "float32" as const, shape, data: Float32Array.from(values) }] as const;
    });
    await step.accumulate(Object.fromEntries(given), { first: true });
    await step.update({ step: number, learningRate: lr[number - 1] as number }, 1);
  }
}

function expectClose(got: ReadonlyMap<string, Float32Array> | undefined, want: Numbers, tolerance: number): void {
  for (const [name, values] of Object.entries(want)) {
    for (const [i, value] of values.entries()) {
      const found = got?.get(name)?.[i] as number;
      expect(Math.abs(found - value), `${name}[${i}]: ${found}, wants ${value}`).toBeLessThan(tolerance);
    }
  }
}

const makers = { host: createHostStep, device: createDeviceStep } as const;

it("has a trajectory for every optimizer", () => {
  const followed = new Set([...golden.cases.map(({ optim }) => optim), "adamw_8bit"]);
  expect([...followed].toSorted()).toEqual(optimizerNames.toSorted());
});

describe.each(golden.cases)("$name", ({ optim, optim_args, turns, projections, lr, parameters_after, shown_after }) => {
  it.each(["host", "device"] as const)("follows its reference, on the %s", async (where) => {
    const step = await makers[where](optionsOf(groupsOf(optim, optim_args, { turns, projections })));
    await run(step, lr);
    const state = await step.readState();
    expectClose(state.parameters, parameters_after, 2e-5);
    if (shown_after !== undefined) expectClose(state.shown, shown_after, 2e-5);
    expect(await step.readParameters()).toEqual(state.shown ?? state.parameters);
    await step.release();
  });

  it.each(["host", "device"] as const)("goes on from its state, bit for bit, on the %s", async (where) => {
    const make = () => makers[where](optionsOf(groupsOf(optim, optim_args, { turns, projections })));
    const [straight, first, second] = [await make(), await make(), await make()];
    await run(straight, lr);
    await run(first, lr, 1, 5);
    const half = await first.readState();
    expect([...half.slots.keys()].toSorted()).toEqual([...first.slotsAfter(5).keys()].toSorted());
    await second.writeState(half);
    await run(second, lr, 6);
    expect(await second.readState()).toEqual(await straight.readState());
    for (const step of [straight, first, second]) await step.release();
  });
});

it("LoRA+ moves B and vectors by a multiple of A's rate", async () => {
  const groups = loraPlus(groupsOf("sgd", {}), 4);
  const rateOf = (name: string, shape: readonly number[]): number => groups.assign({ name, shape }).rate;
  expect(rateOf("model.layers.0.self_attn.q_proj.lora_A.weight", [2, 4])).toBe(1);
  expect(rateOf("model.layers.0.self_attn.q_proj.lora_B.weight", [4, 2])).toBe(4);
  expect(rateOf("model.norm.weight", [4])).toBe(4);
});

describe("layers by turns", () => {
  it("draws as many layers as asked for, others in each interval, from the seed alone", () => {
    const [drawn, again, other] = [drawLayers(8, 3, 1), drawLayers(8, 3, 1), drawLayers(8, 3, 2)];
    const intervals = Array.from({ length: 40 }, (_, interval) => interval);
    for (const interval of intervals) {
      expect(new Set(drawn(interval)).size).toBe(3);
      expect(again(interval)).toEqual(drawn(interval));
    }
    expect(new Set(intervals.flatMap(drawn)).size).toBe(8);
    expect(intervals.map(other)).not.toEqual(intervals.map(drawn));
  });

  it("measures the gradients of what moves alone, and keeps the state of what moves alone", async () => {
    for (const make of Object.values(makers)) {
      const step = await make(optionsOf(groupsOf("badam", { switch_mode: "ascending", switch_interval: 4 })));
      await run(step, [1e-2, 1e-2], 1, 2);
      const layer = Object.entries(golden.gradients[1] ?? {}).filter(([name]) => name.includes("layers.0."));
      const squares = layer.flatMap(([, values]) => values).reduce((sum, value) => sum + value * value, 0);
      expect(await step.gradientNorm(2)).toBeCloseTo(Math.sqrt(squares), 5);
      const held = [...(await step.readState()).slots.keys()];
      expect(held).toHaveLength(2 * layer.length);
      expect(held.every((key) => key.includes("layers.0."))).toBe(true);
      await step.release();
    }
  });
});
