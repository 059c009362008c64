/** Keeps run.json while a run goes on, and writes its page at the end: a listener beside the terminal and the metrics. */
import { join } from "node:path";
import { writeFileAtomic } from "../formats/atomic.ts";
import { writeRunPage } from "../reports/run-page.ts";
import { RECORD_FILE, thisMachine, type RunRecord } from "../reports/run-record.ts";
import type { RunPlan, RunResult, TrainEvents } from "./events.ts";

export interface RunRecorder {
  readonly events: TrainEvents;
  /** A sample with its trained parts in ⟦brackets⟧, without colours. */
  readonly sample: (text: string) => void;
  /** Writes what is known, so that a run that is killed can be shown, too. */
  readonly save: () => Promise<void>;
  /** Called when metrics are written: what a kill would lose is kept, and the page shows how far the run came. */
  readonly close: () => Promise<void>;
}

/** Notes beyond these are repeats of a kind. */
const MOST_NOTES = 40;

/** Nothing is written before the plan is known, and no failure to write ends the run. */
export function recordRun(settings: Readonly<Record<string, unknown>>, outputDir: string): RunRecorder {
  const notes: string[] = [];
  let plan: RunPlan | undefined;
  let result: RunResult | undefined;
  let sample: string | undefined;
  const write = async (): Promise<void> => {
    if (plan === undefined) return;
    const record: RunRecord = {
      machine: thisMachine(),
      settings,
      plan,
      samples: sample === undefined ? [] : [sample],
      notes,
      ...(result === undefined ? {} : { result }),
    };
    await writeFileAtomic(
      join(outputDir, RECORD_FILE),
      new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`),
    );
  };
  return {
    events: {
      onNote: (text) => {
        if (notes.length < MOST_NOTES) notes.push(text);
      },
      onStart: (started) => {
        plan = started;
      },
      onEnd: (ended) => {
        result = ended;
      },
    },
    sample: (text) => {
      sample = text;
    },
    save: write,
    close: async () => {
      await write();
      if (plan !== undefined) await writeRunPage(outputDir);
    },
  };
}
