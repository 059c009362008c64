/**
 * Twenty steps against PyTorch, transformers and PEFT from the same weights, data and order: loss and gradient norm
 * at every step, and the parameters at the end. Values by test/oracles/trajectories.py.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe as suite, expect, it } from "vitest";
import { modelWeights } from "../models/bound.ts";
import { loadAdapter, loadCheckpoint } from "../models/load.ts";
import { fullTuner } from "../models/tuners/full.ts";
import type { TunerSettings } from "../models/tuners/tuner.ts";
import { readParameters } from "../models/weights.ts";
import { adamw, courseOf, oneGroup, schedules as known, sgd, type ScheduleName } from "../optim/index.ts";
import { decays } from "../optim/groups.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { toMicroBatch } from "./batches.ts";
import { createHostStep } from "./host-step.ts";
import { lossGraphs } from "./loss-graphs.ts";
import { startOfRun, trainLoop } from "./loop.ts";
import { nextToken } from "./objective.ts";
import { joinEvents, type StepEvent } from "./events.ts";
import type { TrainStep } from "./train-step.ts";

const root = join(import.meta.dirname, "../..");
const golden = <T>(name: string): T =>
  JSON.parse(readFileSync(join(root, "test/golden/train", `${name}.json`), "utf8")) as T;

interface Trajectory {
  readonly checkpoint: string;
  readonly adapter: string | null;
  readonly optimizer: {
    readonly name: "adamw" | "sgd";
    readonly betas?: readonly [number, number];
    readonly epsilon?: number;
    readonly momentum?: number;
    readonly weight_decay: number;
  };
  readonly learning_rate: number;
  readonly schedule: { readonly name: ScheduleName; readonly warmup_steps: number; readonly steps: number };
  readonly max_grad_norm: number;
  readonly pad_id: number;
  readonly without_weight_decay: readonly string[];
  readonly samples: readonly { readonly ids: readonly number[]; readonly labels: readonly number[] }[];
  readonly order: readonly (readonly (readonly number[])[])[];
  readonly steps: readonly {
    readonly loss: number;
    readonly grad_norm: number;
    readonly lr: number;
    readonly tokens: number;
  }[];
  readonly parameters_after: Readonly<
    Record<string, { readonly sum: number; readonly sum_of_squares: number; readonly first: readonly number[] }>
  >;
}

const runtime = createNodeRuntime({ threads: 2 });

function optimizerOf({ name, betas = [0.9, 0.999], epsilon = 1e-8, momentum = 0 }: Trajectory["optimizer"]): Optimizer {
  return name === "sgd" ? sgd({ momentum }) : adamw({ beta1: betas[0], beta2: betas[1], epsilon });
}

async function openStep(recorded: Trajectory, packed = false): Promise<TrainStep> {
  const model = await loadCheckpoint(join(root, recorded.checkpoint));
  const adapter = recorded.adapter === null ? undefined : await loadAdapter(join(root, recorded.adapter), model);
  const tuning = adapter?.tuning ?? fullTuner.create(model.model, {} as TunerSettings);
  const { specs } = tuning;
  const graphs = lossGraphs({ model: model.model, tuning, objective: nextToken(), packed });
  return createHostStep({
    specs,
    initial: await readParameters(
      adapter?.tensors ?? model.tensors,
      specs.map(({ name }) => name),
    ),
    loss: graphs.evaluation,
    groups: oneGroup(optimizerOf(recorded.optimizer), recorded.optimizer.weight_decay),
    runtime,
    compile: adapter === undefined ? {} : modelWeights({ tensors: model.tensors, adapter }),
  });
}

/** Names of trained tensors by those that PEFT's files have. */
async function storedNames({ checkpoint, adapter }: Trajectory): Promise<ReadonlyMap<string, string>> {
  if (adapter === null) return new Map();
  const { tuning } = await loadAdapter(join(root, adapter), await loadCheckpoint(join(root, checkpoint)));
  return new Map(tuning.specs.map(({ name }) => [tuning.peft.storedName(name), name]));
}

function samplesOf(recorded: Trajectory) {
  return recorded.samples.map(({ ids, labels }, i) => ({
    ids: Int32Array.from(ids),
    labels: Int32Array.from(labels),
    weights: undefined,
    origin: `sample ${i}`,
  }));
}

/** Runs the recorded steps; `split` says which samples share a forward pass and a row. */
async function follow(
  recorded: Trajectory,
  step: TrainStep,
  split: (step: readonly (readonly number[])[]) => readonly (readonly (readonly number[])[])[] = (batches) =>
    batches.map((batch) => batch.map((index) => [index])),
): Promise<readonly StepEvent[]> {
  const samples = samplesOf(recorded);
  const packTo = split === packedRows ? 1 : undefined;
  const seen: StepEvent[] = [];
  await trainLoop(step, startOfRun, {
    totalSteps: recorded.steps.length,
    stepsPerEpoch: recorded.steps.length,
    learningRate: recorded.learning_rate,
    schedule: courseOf(recorded.schedule.name, known[recorded.schedule.name].schema.parse({}), {
      warmupSteps: recorded.schedule.warmup_steps,
      totalSteps: recorded.steps.length,
      learningRate: recorded.learning_rate,
    }),
    maxGradNorm: recorded.max_grad_norm,
    measures: () => ({}),
    batchesOf: (number) =>
      split(recorded.order[number - 1] ?? []).map((rows) =>
        toMicroBatch(samples, rows, { padId: recorded.pad_id, packTo, dropout: false, seed: 0 }, number),
      ),
    saveEvery: Number.MAX_SAFE_INTEGER,
    save: () => Promise.resolve(),
    events: joinEvents({ onStep: (event) => seen.push(event) }),
  });
  return seen;
}

const oneByOne = (step: readonly (readonly number[])[]) => step.flat().map((index) => [[index]]);
const allAtOnce = (step: readonly (readonly number[])[]) => [step.flat().map((index) => [index])];
const packedRows = (step: readonly (readonly number[])[]) => [step.map((batch) => [...batch])];

function expectClose(got: number, want: number, tolerance: number, what: string): void {
  expect(Math.abs(got - want), `${what}: ${got} against ${want}`).toBeLessThanOrEqual(
    tolerance * Math.max(1e-3, Math.abs(want)),
  );
}

const names = [
  "stories260k-full",
  "stories260k-lora",
  "llama-gqa-full",
  "llama-gqa-sgd",
  "mistral-window-full",
  "qwen2-full",
  "qwen2-rslora",
  "qwen2-dora",
  "qwen2-lora-bias",
  "llama-gqa-head",
  "qwen2-ia3",
  "llama-gqa-ln",
  "llama-gqa-loha",
  "llama-gqa-lokr",
  "llama-gqa-lokr-both",
  "llama-gqa-vera",
];

suite.each(names)("%s", (name) => {
  const recorded = golden<Trajectory>(name);

  it("follows PyTorch for twenty steps", async () => {
    const step = await openStep(recorded);
    const names = await storedNames(recorded);
    const events = await follow(recorded, step);
    for (const [i, want] of recorded.steps.entries()) {
      const got = events[i] as StepEvent;
      expect(got.tokens).toBe(want.tokens);
      expectClose(got.learningRate, want.lr, 1e-6, `learning rate of step ${i + 1}`);
      expectClose(got.loss, want.loss, 1e-4, `loss of step ${i + 1}`);
      expectClose(got.gradNorm, want.grad_norm, 1e-4, `gradient norm of step ${i + 1}`);
    }
    const after = await step.readParameters();
    for (const [parameter, want] of Object.entries(recorded.parameters_after)) {
      const values = after.get(names.get(parameter) ?? parameter);
      expect(values, parameter).toBeDefined();
      const squares = (values as Float32Array).reduce((sum, value) => sum + value * value, 0);
      expectClose(squares, want.sum_of_squares, 1e-4, `${parameter}, sum of squares`);
      for (const [k, value] of want.first.entries()) {
        expect(Math.abs((values?.[k] as number) - value), `${parameter}[${k}]`).toBeLessThan(2e-5);
      }
    }
    await step.release();
  });
});

it.each(names)("%s: decay spares what the Trainer spares", (name) => {
  const recorded = golden<Trajectory>(name);
  const spared = Object.keys(recorded.parameters_after).filter((parameter) => !decays({ name: parameter, shape: [] }));
  expect(spared.toSorted()).toEqual(recorded.without_weight_decay);
});

suite("what must not matter", () => {
  const recorded = golden<Trajectory>("stories260k-full");

  it.each([
    ["one sample at a time", oneByOne, false],
    ["all samples at once", allAtOnce, false],
    ["samples packed into rows", packedRows, true],
  ] as const)("%s", async (_, split, packed) => {
    const step = await openStep(recorded, packed);
    for (const [i, got] of (await follow(recorded, step, split)).entries()) {
      expectClose(got.loss, recorded.steps[i]?.loss as number, 1e-4, `loss of step ${i + 1}`);
      expectClose(got.gradNorm, recorded.steps[i]?.grad_norm as number, 1e-4, `gradient norm of step ${i + 1}`);
    }
    await step.release();
  });

  it("an adapter that has not been trained: the loss is the base model's", async () => {
    const [full, lora] = [await openStep(recorded), await openStep(golden<Trajectory>("stories260k-lora"))];
    const batch = toMicroBatch(
      samplesOf(recorded),
      [[0], [1]],
      { padId: 0, packTo: undefined, dropout: false, seed: 0 },
      1,
    );
    const feeds = { ...batch.feeds, loss_scale: { dtype: "float32" as const, shape: [], data: Float32Array.of(1) } };
    expect((await lora.evaluate(feeds)).loss).toBeCloseTo((await full.evaluate(feeds)).loss, 3);
    await Promise.all([full.release(), lora.release()]);
  });
});
