/** Paths that people give: texts that may be files, `last` pointers. */
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fail } from "../base/errors.ts";
import { readRegularText, readTextIfThere } from "../formats/read-file.ts";
import type { Source } from "../recipes/index.ts";
import { savedSource } from "../recipes/index.ts";
import { findCheckpoint } from "../train/run-folder.ts";

const textLimit = 2 ** 20;
const argsLimit = 16 * 2 ** 20;

/** The text itself, or what is in the file when it is the path of a .txt file (as ms-swift reads `system`). */
export async function textOrFile(value: string): Promise<string> {
  return /^[^\n]+\.txt$/i.test(value) ? (await readText(value)).replace(/\r?\n$/, "") : value;
}

const readText = (path: string): Promise<string> => readRegularText(path, { code: "E_CLI_INPUT", limit: textLimit });

/** Options of a chat template from the path that `--template` names. */
export async function templateOptions(path: string | undefined): Promise<{ readonly source?: string }> {
  return path === undefined ? {} : { source: await readText(path) };
}

/** A folder, also when the path is a file with the folder's name in it (`last` where links cannot be made). */
export async function followPointer(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || !stats.isFile() || stats.size > 4096) return path;
  return join(dirname(path), (await readRegularText(path, { code: "E_CLI_INPUT", limit: 4096 })).trim());
}

/** Keys of an earlier run that a later one does not inherit. */
const ownKeys = new Set(["resume_from_checkpoint", "overwrite_output_dir", "output_dir"]);

/** The args.json of a checkpoint; undefined when it has none. Throws E_CLI_INPUT when it cannot be read. */
export async function readSavedArgs(dir: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const file = join(dir, "args.json");
  const text = await readTextIfThere(file, { code: "E_CLI_INPUT", limit: argsLimit });
  if (text === undefined) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch {
    // Falls through to the message below.
  }
  return fail("E_CLI_INPUT", {
    where: file,
    what: "The file is not a JSON object.",
    fix: "Add --load-args false, or take the file from a backup.",
  });
}

/** Everything an interrupted run was started with, for the run that continues it. */
export async function resumeSource(
  checkpoint: string | undefined,
  outputDir: string | undefined,
): Promise<readonly Source[]> {
  if (checkpoint === undefined) return [];
  if (checkpoint === "last" && outputDir === undefined) return [];
  // The same checkpoint as the run will take: arguments and numbers are of one.
  const dir = await findCheckpoint(checkpoint, outputDir ?? "").catch(() => undefined);
  const args = dir === undefined ? undefined : await readSavedArgs(dir);
  if (dir === undefined || args === undefined) return [];
  const kept = Object.fromEntries(Object.entries(args).filter(([key]) => !ownKeys.has(key)));
  // OUTPUT/checkpoint-40 continues in OUTPUT, wherever it has been moved to.
  const inRun = /^checkpoint-\d+$/.test(basename(resolve(dir)));
  return [savedSource({ ...kept, ...(inRun ? { output_dir: dirname(dir) } : {}) }, join(dir, "args.json"))];
}
