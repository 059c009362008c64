/** The thread that trains: started by train-in-thread.ts, it tells what happens by messages. */
import { parentPort, workerData } from "node:worker_threads";
import { internal } from "../../base/errors.ts";
import { packError } from "../../base/packed-error.ts";
import type { RunResult, TrainEvents } from "../../train/events.ts";
import { sft } from "../../train/sft.ts";
import { coloured, plain } from "../terminal/paint.ts";
import { previewPaint } from "../terminal/preview-paint.ts";
import { type EventName, STOP, type TrainingMessage, type TrainingStart } from "./messages.ts";

const port = parentPort ?? internal("this file is a thread");
const { args, colours } = workerData as TrainingStart;
const say = (message: TrainingMessage): void => port.postMessage(message);
const tell =
  (event: EventName) =>
  (...values: readonly unknown[]): void =>
    say({ event, values });

const events: Required<TrainEvents> = {
  onNote: tell("onNote"),
  onPrepare: tell("onPrepare"),
  onPreview: tell("onPreview"),
  onCompile: tell("onCompile"),
  onStart: tell("onStart"),
  onStep: tell("onStep"),
  onEval: tell("onEval"),
  onCheckpoint: tell("onCheckpoint"),
  onEnd: tell("onEnd"),
};

const stop = new AbortController();
port.on("message", (message) => {
  if (message === STOP) stop.abort();
});

/** What nobody awaited and failed: the run ends with a checkpoint, and then says it. */
let unhandled: { readonly error: unknown } | undefined;
process.on("unhandledRejection", (error) => {
  unhandled ??= { error };
  stop.abort();
});

async function train(): Promise<RunResult> {
  const result = await sft(args, {
    events,
    signal: stop.signal,
    previewStyle: previewPaint(colours ? coloured : plain),
    onDownload: (download) => say({ download }),
  });
  if (unhandled !== undefined) throw unhandled.error;
  return result;
}

try {
  say({ result: await train() });
} catch (error) {
  say({ error: packError(unhandled?.error ?? error) });
} finally {
  port.close();
}
