/**
 * The folder of a run, from its start to its end: who may write into it, what an earlier run left in it, and which
 * checkpoint `last` means.
 *
 * A run that replaces another leaves the other's checkpoints alone until its own first one is whole; the logs lie in
 * `.replaced` meanwhile. A run that was killed before that is put right by the next one: see {@link tidy}.
 */
import { readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fail } from "../base/errors.ts";
import { readPointer, sweepTemporary, writeFileAtomic } from "../formats/atomic.ts";
import { takeLock } from "../formats/lock.ts";
import { makeFolder } from "../formats/make-folder.ts";
import { refuseInputsIn } from "../formats/output.ts";

const LOCK = ".lock";
const REPLACED = ".replaced";
const LIST = "checkpoints.json";
const LOGS: readonly string[] = ["metrics.jsonl", "run.json", "report.html", "mlflow.json", "wandb", "runs"];
const STATE_FILE = "trainer_state.json";

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
 * The folder of the checkpoint that `wanted` means: a checkpoint, a run's `last` or `best`, a run (its last), or the
 * word `last` for that of `outputDir`. Where a kill came between a run's first checkpoint and its link, `last` is the
 * newest one. Undefined when a run was killed before its first checkpoint, so that there is nothing to go on from.
 * @throws E_TRAIN_CHECKPOINT
 */
export async function findCheckpoint(wanted: string, outputDir: string): Promise<string | undefined> {
  const path = wanted === "last" ? join(outputDir, "last") : wanted;
  const name = basename(resolve(path));
  if (name === "last" || name === "best") return (await pointedAt(path)) ?? (await newest(dirname(path), name));
  if (await exists(join(path, STATE_FILE))) return path;
  const inRun = (await listCheckpoints(path)).length > 0 || (await exists(join(path, "metrics.jsonl")));
  return inRun ? findCheckpoint(join(path, "last"), path) : path;
}

async function pointedAt(link: string): Promise<string | undefined> {
  const target = await readPointer(link);
  if (target === undefined) return (await exists(join(link, STATE_FILE))) ? link : undefined;
  const dir = join(dirname(link), basename(target));
  return (await exists(join(dir, STATE_FILE))) ? dir : undefined;
}

async function newest(outputDir: string, name: string): Promise<string | undefined> {
  const found = name === "last" ? (await listCheckpoints(outputDir)).at(-1) : undefined;
  if (found !== undefined) return join(outputDir, found.name);
  const left = await readdir(outputDir).catch(() => [] as string[]);
  if (name === "last" && left.some(isLeftover)) return undefined;
  return fail("E_TRAIN_CHECKPOINT", { where: outputDir, what: "there is no checkpoint to continue from." });
}

/** What a run that was killed before its first checkpoint leaves. */
const isLeftover = (name: string): boolean =>
  LOGS.includes(name) || name === LOCK || /^checkpoint-\d+\.(tmp|old)-/.test(name);

export interface RunFolderOptions {
  /** Whether the run goes on from a checkpoint: then nothing is replaced. */
  readonly resumed: boolean;
  readonly overwrite: boolean;
}

export interface RunFolder {
  /** Refuses the folder when it holds one of these. @throws E_OUTPUT_INPUT */
  readonly refuseInputs: (inputs: readonly string[]) => Promise<void>;
  /** Called when all that can be refused has been, before the first thing is written. */
  readonly begin: () => Promise<void>;
  /** Called when a checkpoint is whole and linked: what it replaces goes. */
  readonly saved: (name: string) => Promise<void>;
  /** Gives the folder up; what was to be replaced and was not is put back. */
  readonly close: () => Promise<void>;
}

/**
 * Locks the folder and looks at what is in it; deletes nothing but what killed writes have left.
 * @throws E_OUTPUT_BUSY, E_OUTPUT_EXISTS, E_DISK_FULL, E_FILE_WRITE
 */
export async function openRunFolder(outputDir: string, options: RunFolderOptions): Promise<RunFolder> {
  const made = await makeFolder(outputDir);
  const unlock = await takeLock(join(outputDir, LOCK), outputDir);
  const leave = async (): Promise<void> => {
    await unlock();
    // A run that never began leaves no empty folder.
    if (made !== undefined) await rmdir(outputDir).catch(() => undefined);
  };
  try {
    await sweepTemporary(outputDir);
    await tidy(outputDir);
    if (!options.resumed) await refuseEarlier(outputDir, options.overwrite);
  } catch (error) {
    await leave();
    throw error;
  }
  let replacing = false;
  return {
    refuseInputs: (inputs) => refuseInputsIn(outputDir, inputs),
    begin: async () => {
      if (options.resumed) return;
      replacing = await setAside(outputDir);
    },
    saved: async (name) => {
      if (!replacing) return;
      replacing = false;
      await forget(outputDir, name);
    },
    close: async () => {
      if (replacing) await tidy(outputDir);
      await leave();
    },
  };
}

/** An earlier run, or anything but a killed run's leftovers, is refused, unless it may be replaced. */
async function refuseEarlier(outputDir: string, overwrite: boolean): Promise<void> {
  if (overwrite) return;
  const names = await readdir(outputDir);
  const found = names.find((name) => !name.startsWith(".") && !isLeftover(name));
  if (found === undefined) return;
  const what = /^checkpoint-\d+$|^last$|^best$/.test(found)
    ? `the folder holds an earlier run (${found}).`
    : `the folder is not empty (it holds ${found}).`;
  fail("E_OUTPUT_EXISTS", {
    where: outputDir,
    what,
    fix: "Name another output_dir, continue the run with --resume-from-checkpoint last, or replace it with --overwrite-output-dir.",
  });
}

/** Folders by name with their number on the disk, by which a new one is told from the old one of the same name. */
type Earlier = Readonly<Record<string, string>>;

async function identity(path: string): Promise<string | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats === undefined ? undefined : `${stats.dev}-${stats.ino}`;
}

/** Notes the earlier checkpoints and puts the logs aside. False when there is nothing of an earlier run. */
async function setAside(outputDir: string): Promise<boolean> {
  const checkpoints = await listCheckpoints(outputDir);
  const logs: string[] = [];
  for (const name of LOGS) if (await exists(join(outputDir, name))) logs.push(name);
  if (checkpoints.length === 0 && logs.length === 0) return false;
  const earlier: Record<string, string> = {};
  for (const { name } of checkpoints) earlier[name] = (await identity(join(outputDir, name))) ?? "";
  const aside = join(outputDir, REPLACED);
  await makeFolder(aside);
  await writeFileAtomic(join(aside, LIST), `${JSON.stringify(earlier)}\n`);
  for (const name of logs) await rename(join(outputDir, name), join(aside, name));
  return true;
}

/** Deletes the earlier run: a checkpoint of this one is whole. */
async function forget(outputDir: string, kept: string): Promise<void> {
  const aside = join(outputDir, REPLACED);
  const earlier = await readEarlier(aside);
  for (const [name, id] of Object.entries(earlier)) {
    const path = join(outputDir, name);
    if (name !== kept && (await identity(path)) === id) await rm(path, { recursive: true, force: true });
  }
  const best = join(outputDir, "best");
  const target = await readPointer(best);
  if (target !== undefined && !(await exists(join(outputDir, basename(target))))) await rm(best, { force: true });
  await rm(aside, { recursive: true, force: true });
}

/**
 * Puts right what a run that was to replace another has left: where it wrote a checkpoint, the other one goes; where
 * it did not, the other one's logs come back.
 */
async function tidy(outputDir: string): Promise<void> {
  const aside = join(outputDir, REPLACED);
  if (!(await exists(aside))) return;
  const earlier = await readEarlier(aside);
  const last = await pointedAt(join(outputDir, "last"));
  const name = last === undefined ? undefined : basename(last);
  if (last !== undefined && name !== undefined && (await identity(last)) !== earlier[name]) {
    return forget(outputDir, name);
  }
  for (const log of LOGS) {
    if (!(await exists(join(aside, log)))) continue;
    await rm(join(outputDir, log), { recursive: true, force: true });
    await rename(join(aside, log), join(outputDir, log));
  }
  await rm(aside, { recursive: true, force: true });
}

async function readEarlier(aside: string): Promise<Earlier> {
  const text = await readFile(join(aside, LIST), "utf8").catch(() => "{}");
  return JSON.parse(text) as Earlier;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
