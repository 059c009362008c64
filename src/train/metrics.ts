/** Writes what happens to metrics.jsonl, TensorBoard, and the history that checkpoints carry. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../formats/atomic.ts";
import { appendJsonl } from "../formats/append-jsonl.ts";
import { openEventFile } from "../formats/tensorboard.ts";
import type { LogEntry } from "./checkpoint.ts";
import type { TrainEvents } from "./events.ts";

export interface MetricsOptions {
  readonly outputDir: string;
  readonly tensorboard: boolean;
  readonly loggingSteps: number;
  readonly loggingFirstStep: boolean;
  /** History of the checkpoint the run continues from. */
  readonly history: readonly LogEntry[];
  readonly startStep: number;
}

export interface Metrics {
  readonly events: TrainEvents;
  readonly history: () => readonly LogEntry[];
  readonly close: () => Promise<void>;
}

const FILE = "metrics.jsonl";

export async function openMetrics(options: MetricsOptions): Promise<Metrics> {
  const { outputDir, startStep } = options;
  const path = join(outputDir, FILE);
  await forgetAfter(path, startStep);
  const board = options.tensorboard
    ? await openEventFile(join(outputDir, "runs"), startStep > 0 ? { purgeStep: startStep + 1 } : {})
    : undefined;
  const history: LogEntry[] = [...options.history];
  // Files are written one after another, so that lines keep their order.
  let writing: Promise<void> = Promise.resolve();
  const write = async (before: Promise<void>, tag: string, step: number, values: LogEntry): Promise<void> => {
    await before;
    await appendJsonl(path, { step, ...values });
    for (const [name, value] of Object.entries(values)) {
      await board?.scalar(step, `${tag}/${name.replace(/^eval_/, "")}`, value);
    }
  };
  const record = (tag: string, step: number, values: LogEntry, timed: LogEntry): void => {
    history.push({ step, ...values });
    writing = write(writing, tag, step, { ...values, ...timed });
  };
  const events: TrainEvents = {
    onStep: (event) => {
      const due = event.step % options.loggingSteps === 0 || event.step === event.totalSteps;
      if (!due && !(options.loggingFirstStep && event.step === 1)) return;
      const { step, epoch, loss, gradNorm, learningRate, tokens, tokensPerSecond } = event;
      record(
        "train",
        step,
        { epoch, loss, grad_norm: gradNorm, learning_rate: learningRate, trained_tokens: tokens },
        { tokens_per_second: tokensPerSecond },
      );
    },
    onEval: ({ step, loss, tokens, groups, shares = {} }) => {
      const losses = groups.size < 2 ? [] : [...groups].map(([name, value]) => [`eval_loss/${name}`, value] as const);
      const drawn = Object.entries(shares).map(([name, share]) => [`sampler_share/${name}`, share] as const);
      record("eval", step, { eval_loss: loss, eval_tokens: tokens, ...Object.fromEntries([...losses, ...drawn]) }, {});
    },
  };
  return {
    events,
    history: () => history,
    close: async () => {
      await writing;
      await board?.close();
    },
  };
}

/** Drops the lines of steps that a resumed run will do again. */
async function forgetAfter(path: string, step: number): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const kept = text.split("\n").filter((line) => {
    try {
      return (JSON.parse(line) as { step: number }).step <= step;
    } catch {
      return false;
    }
  });
  await writeFileAtomic(path, new TextEncoder().encode(kept.map((line) => `${line}\n`).join("")));
}
