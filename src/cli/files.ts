/** Paths that people give: texts that may be files, `last` pointers, output folders. */
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fail } from "../base/errors.ts";
import type { Source } from "../recipes/index.ts";
import { savedSource } from "../recipes/index.ts";

const textLimit = 2 ** 20;

/** The text itself, or what is in the file when it is the path of a .txt file (as ms-swift reads `system`). */
export async function textOrFile(value: string): Promise<string> {
  return /^[^\n]+\.txt$/i.test(value) ? (await readText(value)).replace(/\r?\n$/, "") : value;
}

async function readText(path: string): Promise<string> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => fail("E_CLI_INPUT", { where: path, what: "There is no such file." }),
  );
  if (size > textLimit)
    fail("E_CLI_INPUT", { where: path, what: `The file has ${size} bytes; at most ${textLimit} are read.` });
  return readFile(path, "utf8");
}

/** Options of a chat template from the path that `--template` names. */
export async function templateOptions(path: string | undefined): Promise<{ readonly source?: string }> {
  return path === undefined ? {} : { source: await readText(path) };
}

/** A folder, also when the path is a file with the folder's name in it (`last` where links cannot be made). */
export async function followPointer(path: string): Promise<string> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined || !stats.isFile() || stats.size > 4096) return path;
  return join(dirname(path), (await readFile(path, "utf8")).trim());
}

/** Refuses a folder that holds anything but hidden files, unless told. Throws E_CLI_OUTPUT. */
export async function checkOutputDir(dir: string, overwrite: boolean): Promise<void> {
  if (overwrite) return;
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [] as string[];
    if (error.code === "ENOTDIR") return fail("E_CLI_OUTPUT", { where: dir, what: "This is a file, not a folder." });
    throw error;
  });
  const first = names.find((name) => !name.startsWith("."));
  if (first === undefined) return;
  fail("E_CLI_OUTPUT", { where: dir, what: `The output folder is not empty (it holds ${first}).` });
}

/** What a training run writes into its folder, and nothing else. */
const runContents = /^(checkpoint-\d+|last|best|metrics\.jsonl|args\.json|runs)$/;

/** Deletes what an earlier run left in a folder. Throws E_CLI_OUTPUT, deleting nothing, when anything else is in it. */
export async function removeRun(dir: string): Promise<void> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [] as string[];
    throw error;
  });
  const foreign = names.find((name) => !runContents.test(name));
  if (foreign !== undefined) {
    const what = `The folder holds ${foreign}, which no run has written; nothing was deleted.`;
    fail("E_CLI_OUTPUT", { where: dir, what, fix: "Name another folder with --output-dir." });
  }
  for (const name of names) await rm(join(dir, name), { recursive: true, force: true });
}

/** Keys of an earlier run that a later one does not inherit. */
const ownKeys = new Set(["resume_from_checkpoint", "overwrite_output_dir", "output_dir"]);

/** The args.json of a checkpoint; undefined when it has none. Throws E_CLI_INPUT when it cannot be read. */
export async function readSavedArgs(dir: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const file = join(dir, "args.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
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
  const dir = await followPointer(checkpoint === "last" ? join(outputDir ?? "", "last") : checkpoint);
  const args = await readSavedArgs(dir);
  if (args === undefined) return [];
  const kept = Object.fromEntries(Object.entries(args).filter(([key]) => !ownKeys.has(key)));
  // OUTPUT/checkpoint-40 and OUTPUT/last continue in OUTPUT, wherever it has been moved to.
  const inRun = /^(checkpoint-\d+|last|best)$/.test(basename(resolve(dir)));
  return [savedSource({ ...kept, ...(inRun ? { output_dir: dirname(dir) } : {}) }, join(dir, "args.json"))];
}
