/**
 * Twenty steps against PyTorch, transformers and PEFT from the same weights, data and order: loss and gradient norm
 * at every step, and the parameters at the end. Values by test/oracles/trajectories.py.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadAdapter, loadCheckpoint, modelWeights } from "../models/load.ts";
import { parameterSpecs } from "../models/parameters.ts";
import { readParameters } from "../models/weights.ts";
import { adamw, scheduleFactor, schedules as known, sgd, type ScheduleName } from "../optim/index.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { toMicroBatch } from "./batches.ts";
import { createHostStep } from "./host-step.ts";
import { decoderLossGraphs } from "./loss-graphs.ts";
import { startOfRun, trainLoop } from "./loop.ts";
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
  const lora = adapter?.lora;
  const specs = lora?.specs ?? parameterSpecs(model.config);
  const graphs = decoderLossGraphs({ config: model.config, lora, packed });
  return createHostStep({
    specs,
    initial: await readParameters(
      adapter?.tensors ?? model.tensors,
      specs.map(({ name }) => name),
    ),
    loss: graphs.evaluation,
    optimizer: optimizerOf(recorded.optimizer),
    weightDecay: recorded.optimizer.weight_decay,
    runtime,
    compile: lora === undefined ? {} : await modelWeights({ tensors: model.tensors, adapter: undefined }),
  });
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
    schedule: recorded.schedule.name,
    warmupSteps: recorded.schedule.warmup_steps,
    maxGradNorm: recorded.max_grad_norm,
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
];

describe.each(names)("%s", (name) => {
  const recorded = golden<Trajectory>(name);

  it("follows PyTorch for twenty steps", async () => {
    const step = await openStep(recorded);
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
      const values = after.get(parameter) ?? after.get(fromPeft(parameter));
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

const fromPeft = (name: string): string =>
  name.replace(/^base_model\.model\./, "").replace(/\.default\.weight$/, ".weight");

describe("what must not matter", () => {
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
    expect(await lora.evaluate(feeds)).toBeCloseTo(await full.evaluate(feeds), 3);
    await Promise.all([full.release(), lora.release()]);
  });
});

describe("schedules", () => {
  interface Recorded {
    readonly learning_rate: number;
    readonly steps: number;
    readonly schedules: readonly {
      readonly name: ScheduleName;
      readonly warmup_steps: number;
      readonly lr: readonly number[];
    }[];
  }
  const { learning_rate, steps, schedules } = golden<Recorded>("schedules");

  it.each(
    schedules
      .filter(({ name }) => name in known)
      .map((one) => [`${one.name}, warmup ${one.warmup_steps}`, one] as const),
  )("%s", (_, { name, warmup_steps, lr }) => {
    for (const [update, want] of lr.entries()) {
      const factor = scheduleFactor(name, update, { warmupSteps: warmup_steps, totalSteps: steps });
      expect(Math.abs(learning_rate * factor - want)).toBeLessThan(1e-12);
    }
  });
});
