/**
 * The training loop, whatever is trained: for each step gather gradients over its micro-batches, clip, update;
 * between steps evaluate, save, stop. It knows neither models nor files: both come as functions.
 */
import { fail, isTunesmithError } from "../base/errors.ts";
import type { GroupLosses } from "../data/samplers/sampler.ts";
import type { Schedule } from "../optim/index.ts";
import type { Feeds } from "../runtime/types.ts";
import type { StepEvent, TrainEvents } from "./events.ts";
import type { Objective } from "./objective.ts";
import type { LossValues, TrainStep } from "./train-step.ts";
import { updateOrUndo } from "./update-or-undo.ts";

/** One forward pass. `feeds` holds everything but `loss_scale`. */
export interface MicroBatch {
  readonly feeds: Feeds;
  /** Tokens that are trained. */
  readonly trainedTokens: number;
  /** Tokens that are computed, padding left out. */
  readonly tokens: number;
  /** Which samples, for messages ("train.jsonl:12"). */
  readonly origin: readonly string[];
  /** Evaluation: the dataset whose loss this counts to. */
  readonly group?: string;
}

/** How a run stands between two steps: all the loop needs to continue. */
export interface LoopState {
  /** Steps done. */
  readonly step: number;
  readonly bestLoss: number | undefined;
  readonly bestStep: number | undefined;
  readonly evaluationsWithoutGain: number;
  /** Sum of step losses so far, for the mean. */
  readonly lossSum: number;
}

export const startOfRun: LoopState = {
  step: 0,
  bestLoss: undefined,
  bestStep: undefined,
  evaluationsWithoutGain: 0,
  lossSum: 0,
};

export interface LoopOptions {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly learningRate: number;
  /** Factor of `learningRate` at each update. */
  readonly schedule: Schedule;
  /** 0 turns clipping off. */
  readonly maxGradNorm: number;
  /** Micro-batches of a step (counts from 1): a pure function, so that resuming needs no replay. */
  readonly batchesOf: (step: number) => readonly MicroBatch[];
  readonly evaluation?: {
    readonly every: number;
    readonly batches: () => Iterable<MicroBatch>;
    /** Told the loss of each group, before a checkpoint is written; gives the shares of datasets from then on. */
    readonly onLosses?: (step: number, losses: GroupLosses) => Readonly<Record<string, number>>;
    /** End when so many evaluations in a row brought no gain. */
    readonly patience?: number;
  };
  readonly saveEvery: number;
  /** Writes a checkpoint of this state; called between steps. */
  readonly save: (state: LoopState, options: { readonly best: boolean }) => Promise<void>;
  readonly events: Required<TrainEvents>;
  /** What is reported beside the loss, of sums over all batches of a step or evaluation. */
  readonly measures: Objective["measures"];
  /** Aborted: the running step ends, a checkpoint is written, the loop returns. */
  readonly signal?: AbortSignal;
}

export interface LoopResult {
  readonly state: LoopState;
  readonly evalLoss: number | undefined;
  readonly stopped: "finished" | "early_stopping" | "interrupted";
}

/**
 * Runs from `state` to the end.
 *
 * @throws E_TRAIN_NOT_FINITE before a bad number can reach the parameters; the steps before are saved first
 */
export async function trainLoop(step: TrainStep, from: LoopState, options: LoopOptions): Promise<LoopResult> {
  const { totalSteps, evaluation, events, signal } = options;
  const clock = startClock(totalSteps - from.step);
  let state = from;
  let evalLoss: number | undefined;
  let savedAt = from.step;

  const evaluateNow = async (): Promise<boolean> => {
    if (evaluation === undefined) return false;
    clock.pause();
    const { groups, sums, ...result } = await evaluateAll(step, evaluation.batches());
    const shares = evaluation.onLosses?.(state.step, groups);
    clock.resume();
    if (!Number.isFinite(result.loss)) {
      fail("E_TRAIN_NOT_FINITE", { where: `step ${state.step}`, what: `the evaluation loss is ${result.loss}.` });
    }
    evalLoss = result.loss;
    const best = state.bestLoss === undefined || result.loss < state.bestLoss;
    state = best
      ? { ...state, bestLoss: result.loss, bestStep: state.step, evaluationsWithoutGain: 0 }
      : { ...state, evaluationsWithoutGain: state.evaluationsWithoutGain + 1 };
    const measures = options.measures(sums);
    events.onEval({ step: state.step, ...result, measures, best, groups, ...(shares === undefined ? {} : { shares }) });
    return best;
  };

  while (state.step < totalSteps) {
    const event = await trainOneStep(step, state.step + 1, options, clock).catch(async (error: unknown) => {
      if (isTunesmithError(error, "E_TRAIN_NOT_FINITE") && savedAt !== state.step) {
        await options.save(state, { best: false });
      }
      throw error;
    });
    state = { ...state, step: event.step, lossSum: state.lossSum + event.loss };
    events.onStep(event);

    const interrupted = signal?.aborted ?? false;
    const last = state.step === totalSteps || interrupted;
    const due = evaluation !== undefined && state.step % evaluation.every === 0;
    const best = (due || (last && !interrupted)) && (await evaluateNow());
    const stopEarly = evaluation?.patience !== undefined && state.evaluationsWithoutGain >= evaluation.patience;
    if (best || last || stopEarly || state.step % options.saveEvery === 0) {
      clock.pause();
      await options.save(state, { best });
      savedAt = state.step;
      clock.resume();
    }
    if (stopEarly && !last) return { state, evalLoss, stopped: "early_stopping" };
    if (interrupted && state.step < totalSteps) return { state, evalLoss, stopped: "interrupted" };
  }
  if (savedAt !== state.step) await options.save(state, { best: false });
  return { state, evalLoss, stopped: "finished" };
}

async function trainOneStep(step: TrainStep, number: number, options: LoopOptions, clock: Clock): Promise<StepEvent> {
  const { totalSteps, maxGradNorm } = options;
  const batches = options.batchesOf(number);
  const trainedTokens = batches.reduce((sum, batch) => sum + batch.trainedTokens, 0);
  let loss = 0;
  let sums: Readonly<Record<string, number>> = {};
  for (const [i, batch] of batches.entries()) {
    const { loss: part, sums: more } = await step.accumulate(withScale(batch.feeds, 1 / Math.max(1, trainedTokens)), {
      first: i === 0,
    });
    if (!Number.isFinite(part)) notFinite(number, "loss", part, batch.origin, options);
    loss += part;
    sums = addSums(sums, more);
    clock.add(batch.tokens);
  }
  const gradNorm = await step.gradientNorm(number);
  if (!Number.isFinite(gradNorm))
    notFinite(
      number,
      "gradient norm",
      gradNorm,
      batches.flatMap((batch) => batch.origin),
      options,
    );
  const clip = maxGradNorm > 0 ? Math.min(1, maxGradNorm / (gradNorm + 1e-6)) : 1;
  const learningRate = options.learningRate * options.schedule(number - 1);
  await updateOrUndo(step, { step: number, learningRate }, clip);
  return {
    step: number,
    totalSteps,
    epoch: number / options.stepsPerEpoch,
    loss,
    measures: options.measures(sums),
    gradNorm,
    learningRate,
    tokens: trainedTokens,
    ...clock.stepDone(),
  };
}

/** Says both that it may come from: the samples of this step, and the rate of the one before. */
function notFinite(
  step: number,
  what: string,
  value: number,
  origin: readonly string[],
  { learningRate, schedule }: LoopOptions,
): never {
  const shown = origin.slice(0, 4).join(", ") + (origin.length > 4 ? ` and ${origin.length - 4} more` : "");
  const moved = step > 1 ? `the update before was made at learning rate ${learningRate * schedule(step - 2)}` : "";
  return fail("E_TRAIN_NOT_FINITE", {
    where: `step ${step}`,
    what: `the ${what} is ${value}; ${moved}${moved === "" ? "" : ", and "}the samples were ${shown}.`,
  });
}

/** Mean loss over the trained tokens of all batches, and of each group that has any. */
export async function evaluateAll(
  step: TrainStep,
  batches: Iterable<MicroBatch>,
): Promise<LossValues & { readonly tokens: number; readonly groups: GroupLosses }> {
  let sum = 0;
  let sums: LossValues["sums"] = {};
  let tokens = 0;
  const parts = new Map<string, { sum: number; tokens: number }>();
  for (const batch of batches) {
    const { loss, sums: more } = await step.evaluate(withScale(batch.feeds, 1));
    sum += loss;
    sums = addSums(sums, more);
    tokens += batch.trainedTokens;
    if (batch.group === undefined || batch.trainedTokens === 0) continue;
    const part = parts.get(batch.group) ?? { sum: 0, tokens: 0 };
    parts.set(batch.group, { sum: part.sum + loss, tokens: part.tokens + batch.trainedTokens });
  }
  const groups = new Map([...parts].map(([name, part]) => [name, part.sum / part.tokens]));
  return { loss: sum / Math.max(1, tokens), sums, tokens, groups };
}

function addSums(a: LossValues["sums"], b: LossValues["sums"]): LossValues["sums"] {
  return Object.fromEntries(Object.entries(b).map(([name, value]) => [name, (a[name] ?? 0) + value]));
}

function withScale(feeds: Feeds, scale: number): Feeds {
  return { ...feeds, loss_scale: { dtype: "float32", shape: [], data: Float32Array.of(scale) } };
}

interface Clock {
  readonly add: (tokens: number) => void;
  readonly stepDone: () => { readonly tokensPerSecond: number; readonly secondsLeft: number };
  readonly pause: () => void;
  readonly resume: () => void;
}

/** Speed of training alone: evaluation and saving do not count. */
function startClock(stepsLeft: number): Clock {
  let started = performance.now();
  let before = 0;
  let tokens = 0;
  let steps = 0;
  return {
    add: (more) => {
      tokens += more;
    },
    stepDone: () => {
      steps++;
      const seconds = (before + performance.now() - started) / 1000;
      return { tokensPerSecond: tokens / seconds, secondsLeft: (seconds / steps) * (stepsLeft - steps) };
    },
    pause: () => {
      before += performance.now() - started;
    },
    resume: () => {
      started = performance.now();
    },
  };
}
