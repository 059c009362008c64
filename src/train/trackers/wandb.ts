/**
 * Weights & Biases by the folder that its own client writes offline: `wandb sync FOLDER` uploads it, at any time and from
 * any machine. See docs/decisions for why it is no client. Environment variables are those of W&B: WANDB_PROJECT,
 * _ENTITY, _NAME, _RUN_ID, _DIR, and WANDB_MODE=disabled.
 *
 * A resumed run goes on in its folder: the numbers until then are those of metrics.jsonl.
 */
import { randomBytes } from "node:crypto";
import { appendFile, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { packageVersion } from "../../base/package-version.ts";
import { writeFileAtomic } from "../../formats/atomic.ts";
import { makeFolder } from "../../formats/make-folder.ts";
import { readTextIfThere } from "../../formats/read-file.ts";
import { createWandbLog } from "../../formats/wandb-log.ts";
import { createDelivery } from "./delivery.ts";
import type { OpenTracker, RunEnd, TrackerStart } from "./tracker.ts";

const exitCodes: Readonly<Record<RunEnd, number>> = { finished: 0, interrupted: 130, failed: 1 };

export const openWandb: OpenTracker = async (start) => {
  const { environment, onNote } = start;
  if (environment["WANDB_MODE"] === "disabled") return { log: () => undefined, end: () => Promise.resolve() };
  const began = Date.now();
  const { folder, id } = await folderOf(start, began);
  const file = join(folder, `run-${id}.wandb`);
  const log = createWandbLog();
  const parts = [
    log.head({
      id,
      project: environment["WANDB_PROJECT"] ?? "tunesmith",
      entity: environment["WANDB_ENTITY"],
      name: environment["WANDB_NAME"] ?? basename(start.outputDir),
      host: hostname(),
      began,
      config: start.settings,
      producer: `tunesmith ${packageVersion()}`,
    }),
  ];
  const summary: Record<string, number> = {};
  const stepBytes = (step: number, values: Readonly<Record<string, number>>): Uint8Array => {
    Object.assign(summary, values, { _step: step });
    return log.step(step, values);
  };
  for (const [step, values] of await loggedBefore(start)) parts.push(stepBytes(step, values));
  await makeFolder(folder);
  await writeFileAtomic(file, Buffer.concat(parts));
  // What was uploaded is no longer all there is.
  await rm(`${file}.synced`, { force: true });

  const delivery = createDelivery({
    name: "the log for W&B",
    onNote,
    most: 1,
    send: async ([entry]) => {
      if (entry !== undefined) await appendFile(file, (written ??= stepBytes(entry.step, entry.values)));
      written = undefined;
    },
  });
  /** Bytes of an entry that could not be written yet: they are made once. */
  let written: Uint8Array | undefined;
  // A step is one entry there: training and evaluation of it come one after the other.
  let open: { readonly step: number; values: Readonly<Record<string, number>> } | undefined;
  const flush = (): void => {
    if (open !== undefined) delivery.add({ ...open, time: Date.now() });
    open = undefined;
  };
  return {
    log: (step, values) => {
      if (open?.step !== step) flush();
      open = { step, values: { ...open?.values, ...values, _timestamp: Date.now() / 1000 } };
    },
    end: async (end) => {
      flush();
      await delivery.close();
      try {
        await appendFile(file, log.end(summary, exitCodes[end], (Date.now() - began) / 1000));
        onNote(`\`wandb sync ${folder}\` uploads the run to W&B.`);
      } catch (error) {
        onNote(`The log for W&B has no end: ${(error as Error).message}.`);
      }
    },
  };
};

/** The folder of the run, where it has one, else the name of a new one. */
async function folderOf({ outputDir, startStep, environment }: TrackerStart, began: number) {
  const parent = join(environment["WANDB_DIR"] ?? outputDir, "wandb");
  const earlier = startStep === 0 ? [] : await readdir(parent).catch(() => []);
  for (const name of earlier.toSorted().toReversed()) {
    const [, id] = /^offline-run-\d{8}_\d{6}-([\w-]+)$/.exec(name) ?? [];
    if (id !== undefined && (environment["WANDB_RUN_ID"] ?? id) === id) return { folder: join(parent, name), id };
  }
  const id = environment["WANDB_RUN_ID"] ?? randomBytes(4).toString("hex");
  const digits = new Date(began).toISOString().replaceAll(/\D/g, "");
  return { folder: join(parent, `offline-run-${digits.slice(0, 8)}_${digits.slice(8, 14)}-${id}`), id };
}

/** The numbers of the steps before: of a run that goes on, also of one that was not told to W&B until now. */
async function loggedBefore({ outputDir, startStep }: TrackerStart) {
  const steps = new Map<number, Readonly<Record<string, number>>>();
  if (startStep === 0) return steps;
  const text = await readTextIfThere(join(outputDir, "metrics.jsonl"), { code: "E_TRACKER", limit: 2 ** 28 });
  for (const line of (text ?? "").split("\n").filter((part) => part !== "")) {
    const { step = 0, ...values } = JSON.parse(line) as Readonly<Record<string, number>>;
    if (step > startStep) continue;
    const tag = values["eval_loss"] === undefined ? "train" : "eval";
    const named = Object.entries(values).map(([name, value]) => [`${tag}/${name.replace(/^eval_/, "")}`, value]);
    steps.set(step, { ...steps.get(step), ...(Object.fromEntries(named) as Record<string, number>) });
  }
  return steps;
}
