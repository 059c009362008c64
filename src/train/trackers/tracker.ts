/** A service that keeps the numbers of runs: what it is told, and by whom it is made. */
import type { TrainingArgs } from "../../recipes/sft.ts";

export type RunEnd = "finished" | "interrupted" | "failed";

export interface Tracker {
  /** Never throws and never waits: what cannot be delivered is told as a note, and lost nowhere but there. */
  readonly log: (step: number, values: Readonly<Record<string, number>>) => void;
  /** Delivers what is left, for a limited time. */
  readonly end: (end: RunEnd) => Promise<void>;
}

export interface TrackerStart {
  readonly outputDir: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The step the run goes on from, 0 for a new one. */
  readonly startStep: number;
  readonly onNote: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** @throws E_TRACKER, before anything is trained, when the service cannot be used */
export type OpenTracker = (start: TrackerStart) => Promise<Tracker>;

/** Those of `report_to` that are written by other means. */
export type TrackerName = Exclude<TrainingArgs["report_to"][number], "tensorboard" | "none">;
