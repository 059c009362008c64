/** Checks of where a result is to be written, before any work is done. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fail } from "../../base/errors.ts";
import { isShardOf, namesBeside } from "./export.ts";
import type { ProcessJob } from "./job.ts";

/** @throws E_FILE_WRITE, E_DATA_FILE, E_OUTPUT_INPUT */
export async function checkPaths({ exportPath, files }: ProcessJob): Promise<void> {
  const target = await stat(exportPath).catch(() => undefined);
  if (target?.isDirectory() === true) {
    fail("E_FILE_WRITE", { where: exportPath, what: "it is a folder.", fix: "Name a file in it." });
  }
  for (const file of files) {
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) fail("E_DATA_FILE", { where: file, what: "there is no such file." });
    const same = target !== undefined && found.ino === target.ino && found.dev === target.dev;
    if (same || isResultOf(exportPath, file)) {
      fail("E_OUTPUT_INPUT", {
        where: file,
        what: "the file would be read and replaced in one run.",
        fix: "Write to another export_path.",
      });
    }
  }
}

/** Refuses what an export would replace or delete, unless it may. @throws E_OUTPUT_EXISTS */
export async function checkResults({ exportPath }: ProcessJob, overwrite = false): Promise<void> {
  if (overwrite) return;
  const folder = dirname(exportPath);
  const beside = namesBeside(exportPath);
  const own = new Set([basename(exportPath), beside.stats, beside.bad, beside.trace]);
  const names = await readdir(folder).catch(() => []);
  const found = names.find((name) => own.has(name) || isShardOf(exportPath, name));
  if (found === undefined) return;
  fail("E_OUTPUT_EXISTS", { where: join(folder, found), what: "the result of an earlier run is there." });
}

/** Whether a path is one that an export to `exportPath` writes: the file, a shard, or what is beside them. */
export function isResultOf(exportPath: string, file: string): boolean {
  const [folder, at] = [resolve(dirname(exportPath)), resolve(dirname(file))];
  const beside = namesBeside(exportPath);
  if (at === join(folder, beside.trace)) return extname(file) === ".jsonl";
  const name = basename(file);
  if (at !== folder) return false;
  return [basename(exportPath), beside.stats, beside.bad].includes(name) || isShardOf(exportPath, name);
}
