/**
 * Makes a folder and those above it, one after the other: Node's own recursive mkdir runs for ever where a file system
 * refuses with ENOENT (/proc), and calls a disk that is read-only a missing folder.
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, explainWriteError } from "./write-error.ts";

/** Gives the first folder that was not there, if any. @throws E_DISK_FULL, E_FILE_WRITE */
export async function makeFolder(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = path; (await stat(at).catch(() => undefined)) === undefined; at = dirname(at)) {
    missing.unshift(at);
    if (dirname(at) === at) break;
  }
  for (const folder of missing) {
    try {
      await mkdir(folder);
    } catch (error) {
      const made = codeOf(error) === "EEXIST" && (await stat(folder).catch(() => undefined))?.isDirectory() === true;
      if (!made) throw await explainWriteError(error, folder);
    }
  }
  if (missing.length === 0 && (await stat(path)).isDirectory() === false) {
    throw await explainWriteError(Object.assign(new Error("not a folder"), { code: "EEXIST" }), path);
  }
  return missing[0];
}
