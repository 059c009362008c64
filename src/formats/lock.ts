/**
 * One run at a time writes an output. The lock is a file that names its process; one of a process that has ended, or
 * of another machine that has not touched it for ten minutes, is taken over.
 */
import { readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename } from "node:path";
import { fail } from "../base/errors.ts";
import { isAlive } from "./is-alive.ts";
import { codeOf, explainWriteError } from "./write-error.ts";

const TOUCH_MILLISECONDS = 10_000;
const FORGET_MILLISECONDS = 600_000;

/**
 * Takes the lock at `path`, which is about `output`; what comes back gives it up.
 * @throws E_OUTPUT_BUSY, E_DISK_FULL, E_FILE_WRITE
 */
export async function takeLock(path: string, output: string): Promise<() => Promise<void>> {
  const own = JSON.stringify({
    pid: process.pid,
    began: await beganAt(process.pid),
    host: hostname(),
    since: new Date().toISOString(),
    command: commandOf(process.argv),
  });
  for (let tries = 0; ; tries++) {
    try {
      await writeFile(path, own, { flag: "wx" });
      break;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw await explainWriteError(error, path);
    }
    const found = await readFile(path, "utf8").catch(() => "");
    if (tries > 3 || (await isHeld(path, found))) {
      fail("E_OUTPUT_BUSY", { where: output, what: `another run is writing here: ${describeHolder(found)}.` });
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

/** "tunesmith sft": the words before the first flag, without what may be long or private. */
const commandOf = ([, script = "", ...words]: readonly string[]): string => {
  const flag = words.findIndex((word) => word.startsWith("-"));
  const name = basename(script);
  return [name === "main.js" ? "tunesmith" : name, ...words.slice(0, flag < 0 ? 2 : Math.min(flag, 2))].join(" ");
};

/** Who holds a lock, as far as its file says. */
function describeHolder(text: string): string {
  try {
    const { pid, host, since, command } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const where = host === hostname() ? "" : ` on ${String(host)}`;
    const more = [command, since === undefined ? undefined : `since ${String(since)}`].filter(
      (part) => part !== undefined,
    );
    return `process ${String(pid)}${where}${more.length === 0 ? "" : ` (${more.join(", ")})`}`;
  } catch {
    return "its lock cannot be read, or is being written at this moment";
  }
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
