/** What the terminal's thread and the one that trains say to each other. */
import type { PackedError } from "../../base/packed-error.ts";
import type { HubProgress } from "../../hub/snapshot.ts";
import type { TrainingArgs } from "../../recipes/sft.ts";
import type { RunResult, TrainEvents } from "../../train/events.ts";

export interface TrainingStart {
  readonly args: TrainingArgs;
  /** Whether the preview of a sample has colours. */
  readonly colours: boolean;
}

export type EventName = keyof TrainEvents;

export type TrainingMessage =
  | { readonly event: EventName; readonly values: readonly unknown[] }
  | { readonly download: HubProgress }
  | { readonly result: RunResult }
  | { readonly error: PackedError };

/** Sent to the thread: finish the step, save, end. */
export const STOP = "stop";
