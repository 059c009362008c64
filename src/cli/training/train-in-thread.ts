/**
 * Trains in a thread of its own: the engine holds its thread for whole programs and steps, and this one stays awake for
 * signals and the terminal. A program that is being compiled cannot be stopped; before the first step there is nothing
 * to save either, so that the process may end.
 */
import { Worker } from "node:worker_threads";
import { internal } from "../../base/errors.ts";
import { unpackError } from "../../base/packed-error.ts";
import type { HubProgress } from "../../hub/snapshot.ts";
import type { TrainingArgs } from "../../recipes/sft.ts";
import type { RunResult, TrainEvents } from "../../train/events.ts";
import type { Context } from "../context.ts";
import { STOP, type TrainingMessage, type TrainingStart } from "./messages.ts";

export interface TrainInThreadOptions {
  readonly events: Required<TrainEvents>;
  readonly colours: boolean;
  readonly onDownload?: (progress: HubProgress) => void;
}

/** How long a program may go on being compiled for nothing, so that the run can tidy up behind itself. */
const PATIENCE = 2000;

/** @throws what the run throws */
export function trainInThread(
  args: TrainingArgs,
  { signal, end }: Pick<Context, "signal" | "end">,
  { events, colours, onDownload }: TrainInThreadOptions,
): Promise<RunResult> {
  const start: TrainingStart = { args, colours };
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: start });
  let idle = true;
  let compiling = false;
  const endIfIdle = (): void => {
    if (compiling && idle) end?.();
  };
  const stop = (): void => {
    // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
    worker.postMessage(STOP);
    if (compiling && idle) setTimeout(endIfIdle, PATIENCE).unref();
  };
  const onEvent = ({ event, values }: Extract<TrainingMessage, { readonly event: unknown }>): void => {
    if (event === "onCompile") compiling = (values as Parameters<typeof events.onCompile>)[0].seconds === undefined;
    if (event === "onStep") idle = false;
    (events[event] as (...values: readonly unknown[]) => void)(...values);
  };
  return new Promise<RunResult>((resolve, reject) => {
    worker.on("message", (message: TrainingMessage) => {
      if ("event" in message) onEvent(message);
      else if ("download" in message) onDownload?.(message.download);
      else if ("result" in message) resolve(message.result);
      else reject(unpackError(message.error));
    });
    worker.on("error", reject);
    worker.on("exit", (status) => {
      try {
        internal(`the thread that trains ended by itself (${status})`);
      } catch (error) {
        reject(error as Error);
      }
    });
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  }).finally(() => signal.removeEventListener("abort", stop));
}
