/** Services that `report_to` may name, beside what is written into the folder of the run. */
import { openMlflow } from "./mlflow.ts";
import { openWandb } from "./wandb.ts";
import type { OpenTracker, RunEnd, Tracker, TrackerName, TrackerStart } from "./tracker.ts";

const trackers: Readonly<Record<TrackerName, OpenTracker>> = { mlflow: openMlflow, wandb: openWandb };

/** One for all that are named. @throws E_TRACKER */
export async function openTrackers(
  names: readonly string[],
  start: Omit<TrackerStart, "environment">,
): Promise<Tracker> {
  const opened: Tracker[] = [];
  for (const name of names) {
    if (!Object.hasOwn(trackers, name)) continue;
    opened.push(await trackers[name as TrackerName]({ ...start, environment: process.env }));
  }
  return {
    log: (step, values) => {
      for (const tracker of opened) tracker.log(step, values);
    },
    end: async (end: RunEnd) => {
      await Promise.all(opened.map((tracker) => tracker.end(end)));
    },
  };
}
