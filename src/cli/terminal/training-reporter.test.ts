import { expect, test } from "vitest";
import { createLiveLine } from "./live-line.ts";
import { plain } from "./paint.ts";
import { createTrainingReporter, resultLines } from "./training-reporter.ts";

const step = (number: number) => ({
  step: number,
  totalSteps: 4,
  epoch: number / 2,
  loss: 5 - number,
  measures: {},
  gradNorm: 1,
  learningRate: 1e-4,
  tokens: 100,
  tokensPerSecond: 1000,
  secondsLeft: 4 - number,
});

function run(stream: { readonly isTTY?: boolean; readonly columns?: number }): string {
  let written = "";
  const live = createLiveLine({ ...stream, write: (text: string) => (written += text) });
  const reporter = createTrainingReporter(live, { paint: plain, everySteps: 2, chartHeight: 2 });
  reporter.onPrepare("reading", 1000, undefined);
  reporter.onStart({
    outputDir: "runs/a",
    device: "cpu",
    tuner: "lora",
    trainableParameters: 12_000,
    totalParameters: 260_032,
    trainSamples: 1234,
    evalSamples: 10,
    totalSteps: 4,
    stepsPerEpoch: 2,
    samplesPerStep: 16,
    startStep: 0,
  });
  reporter.onStep(step(1));
  reporter.onStep(step(2));
  reporter.onEval({
    step: 2,
    loss: 3.5,
    measures: { stop_loss: 0.25 },
    tokens: 50,
    best: true,
    groups: new Map([["a", 3.5]]),
  });
  reporter.onCheckpoint({ step: 2, path: "runs/a/checkpoint-2", removed: [] });
  reporter.onStep(step(3));
  reporter.onStep(step(4));
  reporter.onEnd({
    outputDir: "runs/a",
    lastCheckpoint: "runs/a/checkpoint-4",
    bestCheckpoint: "runs/a/checkpoint-2",
    steps: 4,
    trainLoss: 2.5,
    evalLoss: 3.6,
    bestEvalLoss: 3.5,
    stopped: "early_stopping",
    seconds: 65,
  });
  return written;
}

test("a pipe gets plain lines now and then", () => {
  const lines = run({}).split("\n");
  expect(lines.slice(0, 10)).toEqual([
    "train   lora, 12.0K of 260K parameters (4.61%), on cpu",
    "data    1,234 samples, 10 to evaluate on",
    "steps   4 of 16 samples, 2 epochs",
    "output  runs/a",
    "",
    "step 1/4  loss 4.000  grad_norm 1.000  lr 1e-4  1000 tok/s  eta 3s",
    "step 2/4  loss 3.000  grad_norm 1.000  lr 1e-4  1000 tok/s  eta 2s",
    "eval  step 2  loss 3.500  stop_loss 0.2500  best so far",
    "save  step 2  runs/a/checkpoint-2",
    "step 4/4  loss 1.000  grad_norm 1.000  lr 1e-4  1000 tok/s  eta 0s",
  ]);
  expect(lines.slice(11, 13)).toEqual([
    "       ⠒⠒ training loss   ● evaluation loss",
    expect.stringMatching(/^4\.000 ┤⠉.*●/),
  ]);
  expect(lines.slice(-6)).toEqual([
    "",
    "result  stopped early, for lack of improvement, after 4 steps and 1m 05s",
    "loss    2.500 in training, 3.600 in evaluation",
    "last    runs/a/checkpoint-4",
    "best    runs/a/checkpoint-2  evaluation loss 3.500",
    "",
  ]);
});

test("a terminal gets one live line, erased before anything else is written", () => {
  const text = run({ isTTY: true, columns: 60 });
  expect(text).toContain("\r\u001B[2K3/4  75%  loss 2.000  █▅▁");
  expect(text).toContain("\r\u001B[2Keval  step 2  loss 3.500  stop_loss 0.2500  best so far\n");
  expect(text.split("\r\u001B[2K").at(-1)).toMatch(/^\n {7}⠒⠒ training loss/);
});

test("compiling is said: two lines in a log, seconds in a terminal; what takes a moment is not", () => {
  const compiling = (stream: { readonly isTTY?: boolean }): string => {
    let written = "";
    const live = createLiveLine({ ...stream, write: (text: string) => (written += text) });
    const { onCompile } = createTrainingReporter(live, { paint: plain, everySteps: 2 });
    onCompile({ operators: 12, seconds: undefined });
    onCompile({ operators: 12, seconds: 0.01 });
    onCompile({ operators: 6039, seconds: undefined });
    onCompile({ operators: 6039, seconds: 1.62 });
    return written;
  };
  expect(compiling({})).toBe("compile  6,039 operators ...\ncompile  6,039 operators  1.6 s\n");
  expect(compiling({ isTTY: true })).toBe(
    "\r\u001B[2Kcompile  6,039 operators  0s\r\u001B[2Kcompile  6,039 operators  1.6 s\n",
  );
});

test("losses of several datasets, and what is drawn from then on", () => {
  let written = "";
  const live = createLiveLine({ write: (text: string) => (written += text) });
  const reporter = createTrainingReporter(live, { paint: plain, everySteps: 2 });
  const groups = new Map([
    ["a", 3],
    ["b", 4],
  ]);
  reporter.onEval({ step: 2, loss: 3.5, measures: {}, tokens: 50, best: false, groups, shares: { a: 0.25, b: 0.75 } });
  expect(written).toBe("eval  step 2  loss 3.500 (a 3.000, b 4.000)\ndraw  step 2  a 25.0%, b 75.0%\n");
});

test("an interrupted run says how to go on", () => {
  const lines = resultLines(
    {
      outputDir: "runs/a",
      lastCheckpoint: "runs/a/last",
      bestCheckpoint: undefined,
      steps: 3,
      trainLoss: 2,
      evalLoss: undefined,
      bestEvalLoss: undefined,
      stopped: "interrupted",
      seconds: 4,
    },
    plain,
  );
  expect(lines).toEqual([
    "result  interrupted, after 3 steps and 4s",
    "loss    2.000 in training",
    "last    runs/a/last",
    "go on   --resume-from-checkpoint runs/a/last",
  ]);
});
