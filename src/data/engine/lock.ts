/**
 * One run at a time in a work folder. The lock is a file that names its process; one of a process that has ended, or
 * of another machine that has not touched it for ten minutes, is taken over.
 */
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import { isAlive } from "../../formats/is-alive.ts";
import { codeOf, explainWriteError } from "../../formats/write-error.ts";

export const LOCK_NAME = "lock";
const TOUCH_MILLISECONDS = 10_000;
const FORGET_MILLISECONDS = 600_000;

/** Takes the lock; what comes back gives it up. @throws E_DATA_BUSY, E_DISK_FULL, E_FILE_WRITE */
export async function takeLock(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK_NAME);
  const own = JSON.stringify({ pid: process.pid, began: await beganAt(process.pid), host: hostname() });
  for (let tries = 0; ; tries++) {
    try {
      await writeFile(path, own, { flag: "wx" });
      break;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw await explainWriteError(error, path);
    }
    const found = await readFile(path, "utf8").catch(() => "");
    if (tries > 3 || (await isHeld(path, found))) {
      fail("E_DATA_BUSY", { where: folder, what: "another run is at work on the same result." });
    }
    // Moved, not deleted: should another run have taken it over in between, it is put back.
    const aside = `${path}-${process.pid}`;
    await rename(path, aside).catch(() => undefined);
    const moved = await readFile(aside, "utf8").catch(() => found);
    if (moved === found) await rm(aside, { force: true });
    else await rename(aside, path);
  }
  const touch = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, TOUCH_MILLISECONDS);
  touch.unref();
  return async () => {
    clearInterval(touch);
    await rm(path, { force: true });
  };
}

async function isHeld(path: string, text: string): Promise<boolean> {
  const touched = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
  const recent = Date.now() - touched < FORGET_MILLISECONDS;
  let holder: { readonly pid?: unknown; readonly began?: unknown; readonly host?: unknown };
  try {
    holder = JSON.parse(text) as typeof holder;
  } catch {
    // Cut short by a crash, or being written at this moment.
    return Date.now() - touched < TOUCH_MILLISECONDS;
  }
  if (holder.host !== hostname()) return recent;
  const { pid } = holder;
  if (typeof pid !== "number" || !(await isAlive(pid))) return false;
  const began = await beganAt(pid);
  return began === undefined ? recent : began === holder.began;
}

/** When a process began, as Linux counts it; numbers of processes come again. */
async function beganAt(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
}
