import { describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import type { HostTensor } from "../runtime/types.ts";
import { joinEvents, type EvalEvent, type StepEvent } from "./events.ts";
import { startOfRun, trainLoop, type LoopOptions, type LoopState, type MicroBatch } from "./loop.ts";
import type { TrainStep } from "./train-step.ts";

interface Fake {
  /** Unscaled loss sum of micro-batch `call`, counted from 0. */
  readonly loss?: (call: number) => number;
  readonly evaluation?: (call: number) => number;
  readonly norm?: number;
}

/** A step that computes nothing and writes down what it is asked. */
function fakeStep({ loss = () => 4, evaluation = () => 1, norm = 2 }: Fake = {}) {
  const updates: { readonly learningRate: number; readonly clip: number }[] = [];
  const scales: number[] = [];
  let [calls, evaluations] = [0, 0];
  const scaleOf = (feeds: Readonly<Record<string, unknown>>): number =>
    Number((feeds["loss_scale"] as HostTensor).data[0]);
  const step: TrainStep = {
    specs: [],
    slotsAfter: () => new Map(),
    accumulate: async (feeds) => {
      scales.push(scaleOf(feeds));
      return { loss: loss(calls++) * scaleOf(feeds), sums: { parts: 1 } };
    },
    evaluate: async () => ({ loss: evaluation(evaluations++), sums: { parts: 1 } }),
    gradientNorm: async () => norm,
    update: async ({ learningRate }, clip) => void updates.push({ learningRate, clip }),
    readParameters: async () => new Map(),
    readState: async () => ({ parameters: new Map(), slots: new Map() }),
    writeState: async () => undefined,
    release: async () => undefined,
  };
  return { step, updates, scales };
}

const batch = (trainedTokens: number): MicroBatch => ({
  feeds: {},
  trainedTokens,
  tokens: 10,
  origin: ["rows.jsonl:1"],
});

function optionsWith(more: Partial<LoopOptions> = {}) {
  const saved: { readonly state: LoopState; readonly best: boolean }[] = [];
  const steps: StepEvent[] = [];
  const evals: EvalEvent[] = [];
  const options: LoopOptions = {
    totalSteps: 6,
    stepsPerEpoch: 3,
    learningRate: 0.1,
    schedule: () => 1,
    maxGradNorm: 1,
    batchesOf: () => [batch(2), batch(6)],
    saveEvery: 100,
    measures: ({ parts = 0 }) => ({ parts }),
    save: async (state, { best }) => void saved.push({ state, best }),
    events: joinEvents({ onStep: (event) => steps.push(event), onEval: (event) => evals.push(event) }),
    ...more,
  };
  return { options, saved, steps, evals };
}

describe("trainLoop", () => {
  it("divides by the trained tokens of the whole step, whatever the micro-batches", async () => {
    const { step, scales } = fakeStep();
    const { options, steps } = optionsWith({ totalSteps: 1 });
    await trainLoop(step, startOfRun, options);
    expect(scales).toEqual([Math.fround(1 / 8), Math.fround(1 / 8)]);
    expect(steps[0]).toMatchObject({ step: 1, loss: 1, tokens: 8, gradNorm: 2, learningRate: 0.1 });
  });

  it("clips to the norm asked for, and not at all at 0", async () => {
    for (const [maxGradNorm, clip] of [
      [1, 0.5],
      [0, 1],
      [5, 1],
    ] as const) {
      const { step, updates } = fakeStep();
      await trainLoop(step, startOfRun, optionsWith({ totalSteps: 1, maxGradNorm }).options);
      expect(updates[0]?.clip).toBeCloseTo(clip, 5);
    }
  });

  it("saves when due, at the end, and at the best evaluation", async () => {
    const losses = [3, 2, 2.5];
    const { step } = fakeStep({ evaluation: (call) => losses[call] as number });
    const evaluation = { every: 2, batches: () => [batch(1)] };
    const { options, saved, evals } = optionsWith({ evaluation, saveEvery: 5 });
    const result = await trainLoop(step, startOfRun, options);
    expect(saved.map(({ state, best }) => [state.step, best])).toEqual([
      [2, true],
      [4, true],
      [5, false],
      [6, false],
    ]);
    expect(evals.map(({ step: at, loss, best }) => [at, loss, best])).toEqual([
      [2, 3, true],
      [4, 2, true],
      [6, 2.5, false],
    ]);
    expect(result.state).toMatchObject({ step: 6, bestLoss: 2, bestStep: 4, evaluationsWithoutGain: 1 });
  });

  it("gives losses by group to the one who wants them, before it saves", async () => {
    const told: (readonly [number, Readonly<Record<string, number>>])[] = [];
    const { step } = fakeStep({ evaluation: (call) => [6, 4, 9, 5][call % 4] as number });
    const groups = [
      { ...batch(2), group: "a" },
      { ...batch(1), group: "b" },
      { ...batch(3), group: "a" },
      { ...batch(0), group: "none" },
    ];
    const evaluation = {
      every: 2,
      batches: () => groups,
      onLosses: (at: number, losses: ReadonlyMap<string, number>) => {
        told.push([at, Object.fromEntries(losses)]);
        return { a: 0.5, b: 0.5 };
      },
    };
    const { options, evals } = optionsWith({ totalSteps: 2, evaluation });
    let toldAtSave = 0;
    await trainLoop(step, startOfRun, { ...options, save: async () => void (toldAtSave = told.length) });
    // (6 + 9) / 5 tokens of a, 4 / 1 of b; a group without a trained token has no loss.
    expect(told).toEqual([[2, { a: 3, b: 4 }]]);
    expect(toldAtSave).toBe(1);
    expect(evals[0]).toMatchObject({
      groups: new Map([
        ["a", 3],
        ["b", 4],
      ]),
      shares: { a: 0.5, b: 0.5 },
    });
  });

  it("stops early after so many evaluations without a gain, with a checkpoint", async () => {
    const { step } = fakeStep({ evaluation: (call) => call });
    const { options, saved } = optionsWith({ evaluation: { every: 1, batches: () => [batch(1)], patience: 2 } });
    const result = await trainLoop(step, startOfRun, options);
    expect([result.stopped, result.state.step, saved.at(-1)?.state.step]).toEqual(["early_stopping", 3, 3]);
  });

  it("ends after the running step when it is interrupted, with a checkpoint", async () => {
    const { step } = fakeStep();
    const controller = new AbortController();
    const stop = joinEvents({ onStep: (event) => event.step === 2 && controller.abort() });
    const { options, saved } = optionsWith({ events: stop, signal: controller.signal });
    const result = await trainLoop(step, startOfRun, options);
    expect([result.stopped, saved.length, saved[0]?.state.step]).toEqual(["interrupted", 1, 2]);
  });

  it.each([
    ["loss", fakeStep({ loss: (call) => (call === 5 ? Number.NaN : 1) })],
    ["gradient norm", fakeStep({ norm: Number.POSITIVE_INFINITY })],
  ])(
    "stops before a %s that is no number reaches the parameters, naming step and samples",
    async (what, { step, updates }) => {
      const failure: unknown = await trainLoop(step, startOfRun, optionsWith().options).catch(
        (error: unknown) => error,
      );
      expect(isTunesmithError(failure, "E_TRAIN_NOT_FINITE") && failure.message).toContain(what);
      expect((failure as Error).message).toContain("rows.jsonl:1");
      expect(updates.length).toBe(what === "loss" ? 2 : 0);
    },
  );

  it("saves the steps before a loss that is no number, and says the rate they were made at", async () => {
    const { step } = fakeStep({ loss: (call) => (call === 5 ? Number.NaN : 1) });
    const { options, saved } = optionsWith();
    const failure: unknown = await trainLoop(step, startOfRun, options).catch((error: unknown) => error);
    expect((failure as Error).message).toContain("the update before was made at learning rate 0.1");
    expect(saved.map(({ state }) => state.step)).toEqual([2]);
  });

  it("reports what the objective measures over all micro-batches of a step and all of an evaluation", async () => {
    const { step } = fakeStep();
    const batches = () => [batch(1), batch(1), batch(1)];
    const { options, steps, evals } = optionsWith({ totalSteps: 1, evaluation: { every: 1, batches } });
    await trainLoop(step, startOfRun, options);
    expect([steps[0]?.measures, evals[0]?.measures]).toEqual([{ parts: 2 }, { parts: 3 }]);
  });
});
