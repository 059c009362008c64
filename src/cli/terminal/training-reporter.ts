/**
 * Shows a training run in the terminal: what is about to happen, one sample with its trained tokens marked, the live line
 * (a plain line now and then on a pipe), evaluations, checkpoints, and the curve and result at the end.
 */
import { visible } from "../../base/visible.ts";
import type { CompileEvent, RunPlan, RunResult, TrainEvents } from "../../train/events.ts";
import { formatCount, formatDuration, formatInteger, formatLoss } from "../../reports/format.ts";
import type { LiveLine } from "./live-line.ts";
import { lossChart } from "./loss-chart.ts";
import type { Paint } from "./paint.ts";
import { logLine, measuresText, progressLine } from "./progress-line.ts";
import { table } from "./table.ts";

export interface TrainingReporterOptions {
  readonly paint: Paint;
  /** Steps between plain lines where there is no live line. */
  readonly everySteps: number;
  /** Rows of the curve at the end; 0 leaves it out. */
  readonly chartHeight?: number;
}

export function planLines(plan: RunPlan, paint: Paint): readonly string[] {
  const share = (100 * plan.trainableParameters) / plan.totalParameters;
  const epochs = plan.totalSteps / plan.stepsPerEpoch;
  const counts = `${formatCount(plan.trainableParameters)} of ${formatCount(plan.totalParameters)} parameters`;
  const evaluated =
    plan.evalSamples === 0 ? "none to evaluate on" : `${formatInteger(plan.evalSamples)} to evaluate on`;
  const rows = [
    ["train", `${plan.tuner}, ${counts} (${share < 10 ? share.toFixed(2) : Math.round(share)}%), on ${deviceOf(plan)}`],
    ["data", `${formatInteger(plan.trainSamples)} samples, ${evaluated}`],
    ["steps", `${formatInteger(plan.totalSteps)} of ${plan.samplesPerStep} samples, ${formatShort(epochs)} epochs`],
    ["output", plan.outputDir],
  ];
  if (plan.startStep > 0) rows.push(["resume", `after step ${plan.startStep}`]);
  return named(rows, paint);
}

const deviceOf = ({ device, threads }: RunPlan): string =>
  threads === undefined ? device : `${device} (${threads} thread${threads === 1 ? "" : "s"})`;

const endings = {
  finished: "finished",
  early_stopping: "stopped early, for lack of improvement",
  interrupted: "interrupted",
} as const satisfies Record<RunResult["stopped"], string>;

export function resultLines(result: RunResult, paint: Paint): readonly string[] {
  const rows = [
    ["result", `${endings[result.stopped]}, after ${result.steps} steps and ${formatDuration(result.seconds)}`],
    [
      "loss",
      `${formatLoss(result.trainLoss)} in training${result.evalLoss === undefined ? "" : `, ${formatLoss(result.evalLoss)} in evaluation`}`,
    ],
    ["last", result.lastCheckpoint],
  ];
  if (result.bestCheckpoint !== undefined && result.bestEvalLoss !== undefined) {
    rows.push(["best", `${result.bestCheckpoint}  evaluation loss ${formatLoss(result.bestEvalLoss)}`]);
  }
  if (result.stopped === "interrupted") rows.push(["go on", `--resume-from-checkpoint ${result.lastCheckpoint}`]);
  return named(rows, paint);
}

const formatShort = (value: number): string => String(Number(value.toFixed(2)));

function named(rows: readonly (readonly string[])[], paint: Paint): readonly string[] {
  return table(
    rows.map(([name = "", text = ""]) => [paint("dim", name), text]),
    { paint },
  );
}

/** Programs of fewer operators take a moment. */
const LARGE = 1000;

/** A live line that counts the seconds; two lines in a log. */
function sayCompiling(live: LiveLine, paint: Paint): (event: CompileEvent) => void {
  let clock: NodeJS.Timeout | undefined;
  return ({ operators, seconds }) => {
    clearInterval(clock);
    clock = undefined;
    if (operators < LARGE) return;
    const what = `${paint("dim", "compile")}  ${formatInteger(operators)} operators`;
    if (seconds !== undefined) {
      live.clear();
      return live.print(`${what}  ${seconds.toFixed(1)} s`);
    }
    if (!live.interactive) return live.print(`${what} ...`);
    const began = performance.now();
    const show = (): void => live.update(`${what}  ${formatDuration((performance.now() - began) / 1000)}`);
    show();
    clock = setInterval(show, 1000).unref();
  };
}

/** Columns of the curve: what the window holds, at most 72. */
const chartWidth = (columns: number): number => Math.max(20, Math.min(72, columns - 12));

export function createTrainingReporter(live: LiveLine, options: TrainingReporterOptions): Required<TrainEvents> {
  const { paint, everySteps, chartHeight = 10 } = options;
  const losses: { readonly x: number; readonly y: number }[] = [];
  const evaluations: { readonly x: number; readonly y: number }[] = [];
  const compiling = sayCompiling(live, paint);
  const print = (lines: readonly string[]): void => lines.forEach(live.print);

  return {
    onNote: (text) => live.print(`${paint("yellow", "note")}  ${visible(text)}`),
    onPrepare: (what, done, total) =>
      live.update(`${what}  ${formatInteger(done)}${total === undefined ? "" : ` of ${formatInteger(total)}`}`),
    onPreview: (text) => {
      live.clear();
      print([paint("bold", "one sample as it is trained"), text, ""]);
    },
    onCompile: compiling,
    onStart: (plan) => {
      live.clear();
      print([...planLines(plan, paint), ""]);
    },
    onStep: (event) => {
      losses.push({ x: event.step, y: event.loss });
      if (live.interactive) {
        const recent = losses.map(({ y }) => y);
        live.update(progressLine(event, recent, { columns: live.columns() - 1, paint }));
      } else if (event.step === 1 || event.step % everySteps === 0 || event.step === event.totalSteps) {
        live.print(logLine(event));
      }
    },
    onEval: ({ step, loss, measures, best, groups, shares }) => {
      evaluations.push({ x: step, y: loss });
      const parts = groups.size < 2 ? [] : [...groups].map(([name, part]) => `${name} ${formatLoss(part)}`);
      const by = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
      live.print(
        `${paint("magenta", "eval")}  step ${step}  loss ${formatLoss(loss)}${by}${measuresText(measures)}${best ? "  best so far" : ""}`,
      );
      if (shares === undefined) return;
      const drawn = Object.entries(shares).map(([name, share]) => `${name} ${(100 * share).toFixed(1)}%`);
      live.print(`${paint("magenta", "draw")}  step ${step}  ${drawn.join(", ")}`);
    },
    onCheckpoint: ({ step, path }) => live.print(`${paint("blue", "save")}  step ${step}  ${path}`),
    onEnd: (result) => {
      live.clear();
      if (chartHeight > 0 && losses.length > 1) {
        const curves = [
          { name: "training loss", points: losses, colour: "cyan" as const },
          { name: "evaluation loss", points: evaluations, colour: "magenta" as const, mark: "●" },
        ];
        print(["", ...lossChart(curves, { width: chartWidth(live.columns()), height: chartHeight, paint })]);
      }
      print(["", ...resultLines(result, paint)]);
    },
  };
}
