/**
 * The rule for what every verb writes. Before any work is done: an output that the command itself reads is refused;
 * so is one that is there, unless it is to be replaced; and replaced is only what a command has written. Results are
 * then written beside their place and put into it whole (atomic.ts), so that the old stays until the new is there.
 */
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { fail } from "../base/errors.ts";
import { makeFolder } from "./make-folder.ts";
import { takeLock } from "./lock.ts";

export interface OutputOptions {
  /** Files and folders that the command reads; what is not there is passed over. */
  readonly inputs: readonly string[];
  /** Replace what an earlier command has written. */
  readonly overwrite: boolean;
}

export interface FolderOptions extends OutputOptions {
  /** Whether a name is one that this command gives. Anything else in the folder is never deleted. */
  readonly isOwn: (name: string) => boolean;
}

/** @throws E_OUTPUT_INPUT, E_OUTPUT_EXISTS, E_FILE_WRITE */
export async function checkOutputFile(path: string, { inputs, overwrite }: OutputOptions): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() === true) {
    fail("E_FILE_WRITE", { where: path, what: "it is a folder.", fix: "Name a file in it." });
  }
  if (found !== undefined && !found.isFile()) {
    fail("E_FILE_WRITE", { where: path, what: "it is no regular file.", fix: "Name a file." });
  }
  const real = await realOutput(path);
  for (const input of inputs) {
    const read = await stat(input).catch(() => undefined);
    if (read === undefined) continue;
    const same = read.ino === found?.ino && read.dev === found.dev;
    if (same || (await realOutput(input)) === real) {
      fail("E_OUTPUT_INPUT", { where: path, what: `the file would be read and replaced by one command (${input}).` });
    }
  }
  if (found !== undefined && !overwrite) fail("E_OUTPUT_EXISTS", { where: path, what: "the file is there already." });
}

/** Refuses an output folder that is, or holds, something that the command reads. @throws E_OUTPUT_INPUT */
export async function refuseInputsIn(folder: string, inputs: readonly string[]): Promise<void> {
  const real = await realOutput(folder);
  for (const input of inputs) {
    if ((await lstat(input).catch(() => undefined)) === undefined) continue;
    const at = await realOutput(input);
    const named = resolve(input);
    if (isInside(real, at) || isInside(resolve(folder), named)) {
      fail("E_OUTPUT_INPUT", { where: folder, what: `the output folder holds ${input}, which this command reads.` });
    }
  }
}

/** @throws E_OUTPUT_INPUT, E_OUTPUT_EXISTS */
export async function checkOutputFolder(folder: string, options: FolderOptions): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return;
  await refuseInputsIn(folder, options.inputs);
  if (!found.isDirectory()) fail("E_OUTPUT_EXISTS", { where: folder, what: "this is a file, not a folder." });
  const names = await readdir(folder);
  const foreign = names.find((name) => !options.isOwn(name));
  const first = names.find((name) => !name.startsWith("."));
  if (first !== undefined && !options.overwrite) {
    fail("E_OUTPUT_EXISTS", { where: folder, what: `the folder is not empty (it holds ${first}).` });
  }
  if (foreign === undefined) return;
  fail("E_OUTPUT_EXISTS", {
    where: folder,
    what: `the folder holds ${foreign}, which this command has not written; nothing was deleted.`,
    fix: "Name another folder.",
  });
}

/** Holds `.NAME.lock` beside an output while `write` is at work on it. @throws E_OUTPUT_BUSY and what `write` throws */
export async function whileLocked<T>(output: string, write: () => Promise<T>): Promise<T> {
  const real = await realOutput(output);
  await makeFolder(dirname(real));
  const unlock = await takeLock(join(dirname(real), `.${basename(real)}.lock`), output);
  try {
    return await write();
  } finally {
    await unlock();
  }
}

/** An absolute path without links, also where its end is not there yet. */
export async function realOutput(path: string): Promise<string> {
  const absolute = resolve(path);
  const real = await realpath(absolute).catch(() => undefined);
  if (real !== undefined) return real;
  return dirname(absolute) === absolute ? absolute : join(await realOutput(dirname(absolute)), basename(absolute));
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
