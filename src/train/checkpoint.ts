/**
 * Checkpoints of a run: OUTPUT/checkpoint-STEP, whole or absent, with `last` and `best` beside them.
 *
 * A checkpoint holds the model in its users' layout (adapter or full), and what continuing needs: optimizer slots
 * (and float32 parameters where the model is stored narrower), the loop's state, and the arguments. Nothing in it
 * depends on the clock, so an interrupted and resumed run ends in the same bytes as one that ran through.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fail } from "../base/errors.ts";
import { readPointer, replaceSymlink, writeDirectoryAtomic, writeFileAtomic } from "../formats/atomic.ts";
import { readSafetensorsHeader, readTensor, writeSafetensors } from "../formats/safetensors.ts";
import type { CheckpointEvent } from "./events.ts";
import type { LoopState } from "./loop.ts";
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
  readonly writeModel: (dir: string, parameters: ReadonlyMap<string, Float32Array>) => Promise<void>;
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
    const { parameters, slots } = await step.readState();
    await options.writeModel(dir, parameters);
    await writeOptimizer(join(dir, OPTIMIZER_FILE), step, {
      slots,
      parameters: options.exact ? new Map() : parameters,
    });
    await writeJson(join(dir, STATE_FILE), stateJson(state, options));
    await writeJson(join(dir, ARGS_FILE), options.args);
  });
  await replaceSymlink(join(outputDir, "last"), name);
  if (best) await replaceSymlink(join(outputDir, "best"), name);
  return { step: state.step, path, removed: await removeBeyondLimit(outputDir, options.totalLimit, name) };
}

async function writeOptimizer(path: string, step: TrainStep, state: TrainState): Promise<void> {
  const shapes = new Map(step.specs.map((spec) => [spec.name, spec.shape]));
  const tensor = (stored: string, name: string, data: Float32Array) => ({
    name: stored,
    dtype: "float32" as const,
    shape: shapes.get(name) ?? [data.length],
    data,
  });
  await writeSafetensors(
    path,
    [
      ...[...state.parameters].map(([name, data]) => tensor(MASTER + name, name, data)),
      ...[...state.slots].map(([key, data]) => tensor(key, key.slice(key.indexOf("/") + 1), data)),
    ],
    { format: "pt" },
  );
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

/** Checkpoints of a run, oldest first. */
export async function listCheckpoints(
  outputDir: string,
): Promise<readonly { readonly name: string; readonly step: number }[]> {
  const names = await readdir(outputDir).catch(() => [] as string[]);
  return names
    .flatMap((name) => {
      const match = /^checkpoint-(\d+)$/.exec(name);
      return match === null ? [] : [{ name, step: Number(match[1]) }];
    })
    .sort((a, b) => a.step - b.step);
}

/**
 * Makes a folder ready for a new run: an earlier run in it is refused, or deleted when that was asked for, since
 * its later checkpoints would be taken for this run's. Files of others are left alone.
 * @throws E_TRAIN_OUTPUT
 */
export async function startRunFolder(outputDir: string, options: { readonly overwrite: boolean }): Promise<void> {
  const checkpoints = await listCheckpoints(outputDir);
  const [first] = checkpoints;
  if (first !== undefined && !options.overwrite) {
    fail("E_TRAIN_OUTPUT", { where: outputDir, what: `the folder holds an earlier run (${first.name}).` });
  }
  const written = [...checkpoints.map(({ name }) => name), "last", "best", "metrics.jsonl", "runs"];
  if (first === undefined) return;
  for (const name of written) await rm(join(outputDir, name), { recursive: true, force: true });
}

export interface Resumed {
  readonly dir: string;
  readonly loop: LoopState;
  readonly dataFingerprint: string;
  readonly samplerState: unknown;
  readonly history: readonly LogEntry[];
}

/**
 * The folder to continue from: `last` is the newest checkpoint of `outputDir`, anything else a path.
 * @throws E_TRAIN_CHECKPOINT
 */
export async function findCheckpoint(wanted: string, outputDir: string): Promise<string> {
  if (wanted !== "last") return wanted;
  const newest = (await listCheckpoints(outputDir)).at(-1);
  if (newest === undefined) {
    return fail("E_TRAIN_CHECKPOINT", { where: outputDir, what: "there is no checkpoint to continue from." });
  }
  return join(outputDir, newest.name);
}

/** Reads the loop's state of a checkpoint. @throws E_TRAIN_CHECKPOINT */
export async function readTrainerState(dir: string): Promise<Resumed> {
  const path = join(dir, STATE_FILE);
  const json = await readJson(path);
  const number = (key: string): number => {
    const value = json[key];
    return typeof value === "number"
      ? value
      : fail("E_TRAIN_CHECKPOINT", { where: path, what: `"${key}" is ${JSON.stringify(value)}, wants a number.` });
  };
  const optional = (key: string): number | undefined => (json[key] === null ? undefined : number(key));
  return {
    dir,
    loop: {
      step: number("global_step"),
      bestLoss: optional("best_metric"),
      bestStep: optional("best_global_step"),
      evaluationsWithoutGain: number("evaluations_without_gain"),
      lossSum: number("loss_sum"),
    },
    dataFingerprint: String(json["data_fingerprint"]),
    samplerState: json["sampler_state"],
    history: Array.isArray(json["log_history"]) ? (json["log_history"] as LogEntry[]) : [],
  };
}

async function readJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const json: unknown = JSON.parse(await readFile(path, "utf8"));
    if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
    throw new Error("it holds no object");
  } catch (cause) {
    return fail("E_TRAIN_CHECKPOINT", { where: path, what: `cannot be read: ${(cause as Error).message}.`, cause });
  }
}

/**
 * Optimizer slots and parameters of a checkpoint. Parameters that the optimizer file does not hold are those the
 * model's own files hold exactly, and come as `model`.
 */
export async function readTrainState(
  dir: string,
  step: TrainStep,
  model: ReadonlyMap<string, Float32Array>,
): Promise<TrainState> {
  const path = join(dir, OPTIMIZER_FILE);
  const header = await readSafetensorsHeader(path);
  const parameters = new Map(model);
  const slots = new Map<string, Float32Array>();
  for (const [key, entry] of header.tensors) {
    const values = await readTensor({ ...entry, file: path });
    if (key.startsWith(MASTER)) parameters.set(key.slice(MASTER.length), values);
    else slots.set(key, values);
  }
  for (const { name } of step.specs) {
    if (!parameters.has(name)) fail("E_TRAIN_CHECKPOINT", { where: path, what: `the parameter "${name}" is missing.` });
  }
  return { parameters, slots };
}
