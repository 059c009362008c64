/** Writes what happens to metrics.jsonl, TensorBoard, and the history that checkpoints carry. */
import { join } from "node:path";
import { writeFileAtomic } from "../formats/atomic.ts";
import { appendJsonl } from "../formats/append-jsonl.ts";
import { readTextIfThere } from "../formats/read-file.ts";
import { openEventFile } from "../formats/tensorboard.ts";
import type { LogEntry } from "./checkpoint.ts";
import type { TrainEvents } from "./events.ts";
import type { RunEnd, Tracker } from "./trackers/tracker.ts";

export interface MetricsOptions {
  readonly outputDir: string;
  readonly tensorboard: boolean;
  /** Services that are told, too. */
  readonly tracker?: Tracker;
  readonly loggingSteps: number;
  readonly loggingFirstStep: boolean;
  /** History of the checkpoint the run continues from. */
  readonly history: readonly LogEntry[];
  readonly startStep: number;
  /** Told once when a log cannot be written: the run ends with a checkpoint then. */
  readonly onFailure?: () => void;
}

export interface Metrics {
  readonly events: TrainEvents;
  readonly history: () => readonly LogEntry[];
  /** Why a log could not be written, once one could not. */
  readonly failure: () => unknown;
  readonly close: () => Promise<void>;
}

/** train/loss, eval/loss: names as TensorBoard groups them. */
const tagOf = (tag: string, name: string): string => `${tag}/${name.replace(/^eval_/, "")}`;

const FILE = "metrics.jsonl";
/** Millions of steps. */
const LOG_LIMIT = 2 ** 28;

export async function openMetrics(options: MetricsOptions): Promise<Metrics> {
  const { outputDir, startStep } = options;
  const path = join(outputDir, FILE);
  const before = await forgetAfter(path, startStep);
  const began = performance.now();
  /** Since the run began, earlier parts of a resumed one included, and of the process as the system counts it. */
  const timed = (): LogEntry => ({
    seconds: Number((before + (performance.now() - began) / 1000).toFixed(3)),
    memory_bytes: process.memoryUsage.rss(),
  });
  const board = options.tensorboard
    ? await openEventFile(join(outputDir, "runs"), startStep > 0 ? { purgeStep: startStep + 1 } : {})
    : undefined;
  const history: LogEntry[] = [...options.history];
  // Files are written one after another, so that lines keep their order.
  let writing: Promise<void> = Promise.resolve();
  let failure: unknown;
  const write = async (before: Promise<void>, tag: string, step: number, values: LogEntry): Promise<void> => {
    await before;
    await appendJsonl(path, { step, ...values });
    for (const [name, value] of Object.entries(values)) {
      await board?.scalar(step, tagOf(tag, name), value);
    }
  };
  const record = (tag: string, step: number, values: LogEntry, timed: LogEntry): void => {
    history.push({ step, ...values });
    const all = { ...values, ...timed };
    options.tracker?.log(
      step,
      Object.fromEntries(Object.entries(all).map(([name, value]) => [tagOf(tag, name), value])),
    );
    if (failure !== undefined) return;
    // No log ends a run by itself: who trains is told, saves what there is, and then says why.
    writing = write(writing, tag, step, all).catch((error: unknown) => {
      if (failure !== undefined) return;
      failure = error;
      options.onFailure?.();
    });
  };
  let end: RunEnd = "failed";
  const events: TrainEvents = {
    onEnd: ({ stopped }) => {
      end = stopped === "interrupted" ? "interrupted" : "finished";
    },
    onStep: (event) => {
      const due = event.step % options.loggingSteps === 0 || event.step === event.totalSteps;
      if (!due && !(options.loggingFirstStep && event.step === 1)) return;
      const { step, epoch, loss, measures, gradNorm, learningRate, tokens, tokensPerSecond } = event;
      record(
        "train",
        step,
        { epoch, loss, ...measures, grad_norm: gradNorm, learning_rate: learningRate, trained_tokens: tokens },
        { tokens_per_second: tokensPerSecond, ...timed() },
      );
    },
    onEval: ({ step, loss, measures, tokens, groups, shares = {} }) => {
      const losses = groups.size < 2 ? [] : [...groups].map(([name, value]) => [`eval_loss/${name}`, value] as const);
      const drawn = Object.entries(shares).map(([name, share]) => [`sampler_share/${name}`, share] as const);
      const measured = Object.entries(measures).map(([name, value]) => [`eval_${name}`, value] as const);
      record(
        "eval",
        step,
        {
          eval_loss: loss,
          ...Object.fromEntries(measured),
          eval_tokens: tokens,
          ...Object.fromEntries([...losses, ...drawn]),
        },
        timed(),
      );
    },
  };
  return {
    events,
    history: () => history,
    failure: () => failure,
    close: async () => {
      await writing;
      await board?.close().catch((error: unknown) => {
        failure ??= error;
      });
      await options.tracker?.end(end);
    },
  };
}

/** Drops the lines of steps that a resumed run will do again; returns the seconds of those that stay. */
async function forgetAfter(path: string, step: number): Promise<number> {
  const text = await readTextIfThere(path, { code: "E_TRAIN_CHECKPOINT", limit: LOG_LIMIT });
  if (text === undefined) return 0;
  const kept = text.split("\n").filter((line) => {
    try {
      return (JSON.parse(line) as { step: number }).step <= step;
    } catch {
      return false;
    }
  });
  await writeFileAtomic(path, new TextEncoder().encode(kept.map((line) => `${line}\n`).join("")));
  const last = kept.at(-1);
  return last === undefined ? 0 : ((JSON.parse(last) as { readonly seconds?: number }).seconds ?? 0);
}
