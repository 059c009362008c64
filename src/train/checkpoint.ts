/**
 * Checkpoints of a run: OUTPUT/checkpoint-STEP, whole or absent, with `last` and `best` beside them.
 *
 * A checkpoint holds the model in its users' layout (adapter or full), and what continuing needs: optimizer slots
 * (and float32 parameters where the model is stored narrower), the loop's state, and the arguments. Nothing in it
 * depends on the clock, so an interrupted and resumed run ends in the same bytes as one that ran through.
 */
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fail, internal } from "../base/errors.ts";
import { readPointer, replaceSymlink, writeDirectoryAtomic, writeFileAtomic } from "../formats/atomic.ts";
import { readRegularText } from "../formats/read-file.ts";
import { readSafetensorsHeader, readStored, writeSafetensors } from "../formats/safetensors.ts";
import { checkStored, firstNotFinite } from "./check-resume.ts";
import { slotType, type SlotType, type SlotValues } from "../optim/optimizer.ts";
import type { CheckpointEvent } from "./events.ts";
import type { LoopState } from "./loop.ts";
import { listCheckpoints } from "./run-folder.ts";
import type { TrainState, TrainStep } from "./train-step.ts";

const STATE_FILE = "trainer_state.json";
const OPTIMIZER_FILE = "optimizer.safetensors";
const ARGS_FILE = "args.json";
const MASTER = "parameter/";

/** One line of the history that a checkpoint carries, as the Hugging Face trainer writes it. */
export type LogEntry = Readonly<Record<string, number>>;

export interface CheckpointOptions {
  readonly outputDir: string;
  readonly step: TrainStep;
  /** Writes the model's own files into a folder. */
  readonly writeModel: (dir: string, parameters: ReadonlyMap<string, Float32Array>, step: number) => Promise<void>;
  /** Whether the model's files hold the parameters in float32, so that they need no second copy. */
  readonly exact: boolean;
  readonly args: Readonly<Record<string, unknown>>;
  /** What identifies the data and its order: resuming on other data is refused. */
  readonly dataFingerprint: string;
  /** What the sampler has learned, for samplers that learn. */
  readonly samplerState?: (() => unknown) | undefined;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** Keep so many, never deleting best and last. */
  readonly totalLimit?: number | undefined;
  readonly history: () => readonly LogEntry[];
}

/** Writes a checkpoint of `state`, moves `last` (and `best`), deletes what is beyond the limit. */
export async function saveCheckpoint(
  state: LoopState,
  { best }: { readonly best: boolean },
  options: CheckpointOptions,
): Promise<CheckpointEvent> {
  const { outputDir, step } = options;
  const name = `checkpoint-${state.step}`;
  const path = join(outputDir, name);
  await writeDirectoryAtomic(path, async (dir) => {
    const { parameters, slots, shown } = await step.readState({ views: true });
    refuseNotFinite(state.step, [...parameters, ...slots, ...(shown ?? [])]);
    await options.writeModel(dir, shown ?? parameters, state.step);
    await writeOptimizer(join(dir, OPTIMIZER_FILE), step, state.step, {
      slots,
      parameters: options.exact && shown === undefined ? new Map() : parameters,
    });
    await writeJson(join(dir, STATE_FILE), stateJson(state, options));
    await writeJson(join(dir, ARGS_FILE), options.args);
  });
  await replaceSymlink(join(outputDir, "last"), name);
  if (best) await replaceSymlink(join(outputDir, "best"), name);
  return { step: state.step, path, removed: await removeBeyondLimit(outputDir, options.totalLimit, name) };
}

/** Numbers that are lost are never saved: the checkpoint before them is worth more. @throws E_TRAIN_NOT_FINITE */
function refuseNotFinite(step: number, tensors: readonly (readonly [string, SlotValues])[]): void {
  for (const [name, values] of tensors) {
    const at = firstNotFinite(values);
    if (at < 0) continue;
    fail("E_TRAIN_NOT_FINITE", {
      where: `step ${step}`,
      what: `after this update "${name}" holds ${values[at]}.`,
    });
  }
}

async function writeOptimizer(path: string, step: TrainStep, at: number, state: TrainState): Promise<void> {
  const kept = keptTensors(step, at);
  const tensor = (key: string, data: SlotValues) => {
    const type = kept.get(key) ?? internal(`${key} is no part of the state after step ${at}`);
    return { ...type, name: key, data };
  };
  await writeSafetensors(
    path,
    [
      ...[...state.parameters].map(([name, data]) => tensor(MASTER + name, data)),
      ...[...state.slots].map(([key, data]) => tensor(key, data)),
    ],
    { format: "pt" },
  );
}

/** All that the optimizer's file may hold after so many steps: slots, and float32 parameters. */
function keptTensors(step: TrainStep, at: number): ReadonlyMap<string, SlotType> {
  return new Map([
    ...step.specs.map(({ name, shape }) => [MASTER + name, { dtype: "float32", shape }] as const),
    ...[...step.slotsAfter(at)].map(([key, { slot }]) => [key, slotType(slot)] as const),
  ]);
}

function stateJson(state: LoopState, options: CheckpointOptions): object {
  return {
    global_step: state.step,
    max_steps: options.totalSteps,
    epoch: state.step / options.stepsPerEpoch,
    best_metric: state.bestLoss ?? null,
    best_global_step: state.bestStep ?? null,
    evaluations_without_gain: state.evaluationsWithoutGain,
    loss_sum: state.lossSum,
    data_fingerprint: options.dataFingerprint,
    ...(options.samplerState === undefined ? {} : { sampler_state: options.samplerState() }),
    log_history: options.history(),
  };
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}

async function removeBeyondLimit(outputDir: string, limit: number | undefined, newest: string): Promise<string[]> {
  if (limit === undefined) return [];
  const kept = new Set([newest]);
  const best = await readPointer(join(outputDir, "best"));
  if (best !== undefined) kept.add(basename(best));
  const checkpoints = await listCheckpoints(outputDir);
  const removed: string[] = [];
  for (const { name } of checkpoints) {
    if (checkpoints.length - removed.length <= limit) break;
    if (kept.has(name)) continue;
    await rm(join(outputDir, name), { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}

export interface Resumed {
  readonly dir: string;
  readonly loop: LoopState;
  readonly dataFingerprint: string;
  readonly samplerState: unknown;
  readonly history: readonly LogEntry[];
  /** Steps the run was planned for. */
  readonly totalSteps: number | undefined;
}

/** Reads the loop's state of a checkpoint. @throws E_TRAIN_CHECKPOINT */
export async function readTrainerState(dir: string): Promise<Resumed> {
  const path = join(dir, STATE_FILE);
  const json = await readJson(path);
  const number = (key: string): number => {
    const value = json[key];
    return typeof value === "number" && Number.isFinite(value)
      ? value
      : fail("E_TRAIN_CHECKPOINT", { where: path, what: `"${key}" is ${JSON.stringify(value)}, wants a number.` });
  };
  const count = (key: string): number => {
    const value = number(key);
    return Number.isInteger(value) && value >= 0 && value <= 1e9
      ? value
      : fail("E_TRAIN_CHECKPOINT", { where: path, what: `"${key}" is ${value}, wants a number of steps.` });
  };
  const optional = (key: string): number | undefined => (json[key] === null ? undefined : number(key));
  return {
    dir,
    loop: {
      step: count("global_step"),
      bestLoss: optional("best_metric"),
      bestStep: optional("best_global_step"),
      evaluationsWithoutGain: count("evaluations_without_gain"),
      lossSum: number("loss_sum"),
    },
    dataFingerprint: String(json["data_fingerprint"]),
    samplerState: json["sampler_state"],
    totalSteps: json["max_steps"] === undefined ? undefined : count("max_steps"),
    history: historyOf(path, json["log_history"] ?? []),
  };
}

/** The history goes on into cards, which expect numbers by name (JSON writes null for NaN). @throws E_TRAIN_CHECKPOINT */
function historyOf(path: string, value: unknown): readonly LogEntry[] {
  if (!Array.isArray(value)) fail("E_TRAIN_CHECKPOINT", { where: path, what: '"log_history" is no list.' });
  for (const [i, entry] of (value as readonly unknown[]).entries()) {
    const fits =
      typeof entry === "object" &&
      entry !== null &&
      Object.values(entry).every((one) => one === null || typeof one === "number");
    if (!fits) fail("E_TRAIN_CHECKPOINT", { where: path, what: `"log_history"[${i}] does not hold numbers by name.` });
  }
  return value as readonly LogEntry[];
}

async function readJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readRegularText(path, { code: "E_TRAIN_CHECKPOINT" });
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
    throw new Error("it holds no object");
  } catch (cause) {
    return fail("E_TRAIN_CHECKPOINT", { where: path, what: `cannot be read: ${(cause as Error).message}.`, cause });
  }
}

/**
 * Optimizer slots and parameters of a checkpoint of that step. Parameters that the optimizer file does not hold are
 * those the model's own files hold exactly, and come as `model`.
 * @throws E_TRAIN_CHECKPOINT when names, shapes or slots are not those of this run, or a number is not finite
 */
export async function readTrainState(
  { dir, at }: { readonly dir: string; readonly at: number },
  step: TrainStep,
  model: ReadonlyMap<string, Float32Array>,
): Promise<TrainState> {
  const path = join(dir, OPTIMIZER_FILE);
  const header = await readSafetensorsHeader(path);
  const parameters = new Map(model);
  const slots = new Map<string, SlotValues>();
  const kept = keptTensors(step, at);
  for (const [key, entry] of header.tensors) {
    checkStored(path, key, entry, kept.get(key));
    const values = (await readStored({ ...entry, file: path })) as SlotValues;
    if (firstNotFinite(values) >= 0) {
      fail("E_TRAIN_CHECKPOINT", { where: path, what: `"${key}" holds numbers that are not finite.` });
    }
    if (key.startsWith(MASTER)) parameters.set(key.slice(MASTER.length), values as Float32Array);
    else slots.set(key, values);
  }
  for (const { name, shape } of step.specs) {
    const values = parameters.get(name);
    if (values === undefined) fail("E_TRAIN_CHECKPOINT", { where: path, what: `the parameter "${name}" is missing.` });
    const size = shape.reduce((product, length) => product * length, 1);
    if (values.length !== size || firstNotFinite(values) >= 0) {
      const what = `the parameter "${name}" has ${values.length} numbers, this run wants ${size}, all of them finite.`;
      fail("E_TRAIN_CHECKPOINT", { where: dir, what });
    }
  }
  for (const key of step.slotsAfter(at).keys()) {
    if (!slots.has(key)) fail("E_TRAIN_CHECKPOINT", { where: path, what: `the optimizer's "${key}" is missing.` });
  }
  return { parameters, slots };
}
