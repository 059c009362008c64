/**
 * What a run that goes on must have in common with the checkpoint: settings that decide what the stored numbers mean,
 * and the names, shapes and finiteness of the numbers themselves. Anything else would go on with other numbers silently.
 */
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fail } from "../base/errors.ts";
import { readTextIfThere } from "../formats/read-file.ts";
import type { SafetensorsEntry } from "../formats/safetensors.ts";
import { schedules } from "../optim/index.ts";
import type { SlotType, SlotValues } from "../optim/optimizer.ts";
import { tuners } from "../models/tuners/index.ts";
import type { TrainingArgs } from "../recipes/sft.ts";

/** Settings on which the meaning of the stored numbers depends. */
const fixed = ["tuner_type", "optim", "optim_args", "lisa_activated_layers", "lisa_step_interval"] as const;

/** Settings of a step that may be others from here on, and are said then: the run is no longer the one it was. */
const bending = [
  "learning_rate",
  "lr_scheduler_type",
  "warmup_ratio",
  "warmup_steps",
  "weight_decay",
  "max_grad_norm",
  "adam_beta1",
  "adam_beta2",
  "adam_epsilon",
  "lora_dropout",
] as const satisfies readonly (keyof TrainingArgs)[];

const shown = (value: unknown): string => JSON.stringify(value) ?? "not set";
const flagOf = (key: string): string => `--${key.replaceAll("_", "-")}`;

/**
 * Compares the arguments with those the checkpoint was written with.
 * @returns what differs and may, as notes
 * @throws E_TRAIN_CHECKPOINT
 */
export async function checkSettings(
  dir: string,
  args: TrainingArgs,
  totalSteps: SavedSteps,
): Promise<readonly string[]> {
  const saved = await readArgs(dir);
  if (saved === undefined) return [];
  const same = saved["tuner_type"] === args.tuner_type;
  const keys = [...fixed, ...(same ? (tuners.get(args.tuner_type)?.fixed ?? []) : [])];
  const differs = (key: keyof TrainingArgs): boolean =>
    (Object.hasOwn(saved, key) || args[key] !== undefined) && !isDeepStrictEqual(args[key], saved[key]);
  const other = keys.filter(differs);
  refuseOtherAdapters(dir, args, saved);
  if (other.length > 0) {
    fail("E_TRAIN_CHECKPOINT", {
      where: dir,
      what:
        other
          .map((key) => `the checkpoint has ${key} ${shown(saved[key])}, ${flagOf(key)} is ${shown(args[key])}`)
          .join("; ") + ".",
      fix: "Leave the flag out to go on with the checkpoint's; or start a new run from it with --model or --adapters.",
    });
  }
  const bent = bending.filter(differs);
  const notes =
    bent.length === 0
      ? []
      : [
          "From here on the run goes on with other settings than before: " +
            `${bent.map((key) => `${key} ${shown(args[key])}, it was ${shown(saved[key])}`).join("; ")}.`,
        ];
  if (
    totalSteps.saved === undefined ||
    totalSteps.saved === totalSteps.now ||
    !schedules[args.lr_scheduler_type].byLength
  )
    return notes;
  return [
    ...notes,
    `The run was planned for ${totalSteps.saved} steps and is now ${totalSteps.now} long: from here on the learning rate ` +
      `follows the ${args.lr_scheduler_type} schedule of ${totalSteps.now} steps, which is another than before.`,
  ];
}

/** A run that goes on has its numbers from the checkpoint: an adapter beside it would be read and never used. */
function refuseOtherAdapters(dir: string, { adapters = [] }: Partial<TrainingArgs>, saved: Json): void {
  const before = (saved["adapters"] ?? []) as readonly string[];
  const now = adapters.map((path) => resolve(path));
  if (isDeepStrictEqual(now, before)) return;
  fail("E_TRAIN_CHECKPOINT", {
    where: dir,
    what: `the run began with adapters ${shown(before)}, --adapters is ${shown(now)}; it goes on with the checkpoint's numbers.`,
    fix: "Leave --adapters out; or start a new run from that adapter, without --resume-from-checkpoint.",
  });
}

/** Steps the run was planned for when the checkpoint was written, and now. */
export interface SavedSteps {
  readonly saved: number | undefined;
  readonly now: number;
}

type Json = Readonly<Record<string, unknown>>;

async function readArgs(dir: string): Promise<Json | undefined> {
  const text = await readTextIfThere(join(dir, "args.json"), { code: "E_TRAIN_CHECKPOINT" });
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch (cause) {
    return fail("E_TRAIN_CHECKPOINT", { where: join(dir, "args.json"), what: "it is no JSON.", cause });
  }
}

/** A stored tensor must be one that the run keeps, of its format and shape. @throws E_TRAIN_CHECKPOINT */
export function checkStored(
  path: string,
  key: string,
  entry: Pick<SafetensorsEntry, "shape" | "dtype">,
  wanted: SlotType | undefined,
): void {
  if (wanted === undefined) {
    fail("E_TRAIN_CHECKPOINT", { where: path, what: `it holds "${key}", which this run does not train or keep.` });
  }
  if (entry.dtype !== wanted.dtype) {
    const what = `"${key}" holds numbers of the format ${entry.dtype}, this run wants ${wanted.dtype}.`;
    fail("E_TRAIN_CHECKPOINT", { where: path, what });
  }
  if (isDeepStrictEqual([...entry.shape], [...wanted.shape])) return;
  fail("E_TRAIN_CHECKPOINT", {
    where: path,
    what: `"${key}" has the shape [${entry.shape.join(", ")}], this run wants [${wanted.shape.join(", ")}].`,
  });
}

/** The place of the first number that is not finite, or -1. */
export function firstNotFinite(values: SlotValues): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}
