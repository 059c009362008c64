/**
 * Writes that happen whole or not at all: into a temporary neighbour first, forced to disk, then renamed.
 *
 * A crash at any instant leaves the old file or folder whole. What else it can leave are neighbours named
 * `*.tmp-<pid>-<id>` (unfinished) and `*.old-<pid>-<id>` (an older folder moved aside, which no system call lets us
 * exchange in one step); {@link sweepTemporary} deletes the former and puts the latter back where it is missing.
 */
import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readdir, readlink, rename, rm, symlink, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isTunesmithError, TunesmithError } from "../base/errors.ts";
import { makeFolder } from "./make-folder.ts";
import { isAlive } from "./is-alive.ts";
import { readRegularText } from "./read-file.ts";
import { codeOf, explainWriteError } from "./write-error.ts";

const LEFTOVER = /^(.+)\.(tmp|old)-(\d+)-[0-9a-f]{8}$/;
/** A process of that number that lives may be another one by now; after so long it is taken for another. */
const OWNER_MILLISECONDS = 3_600_000;
/** A folder is aside for the moment between two renames only. */
const ASIDE_MILLISECONDS = 10_000;

/** Temporary names that writes of this process use right now. */
const inUse = new Set<string>();

async function withTemporary<T>(path: string, kind: "tmp" | "old", use: (name: string) => Promise<T>): Promise<T> {
  const name = `${path}.${kind}-${process.pid}-${randomUUID().slice(0, 8)}`;
  inUse.add(name);
  try {
    return await use(name);
  } finally {
    inUse.delete(name);
  }
}

/** Replaces `path` by `data`. @throws E_DISK_FULL, E_FILE_WRITE */
export async function writeFileAtomic(path: string, data: Uint8Array | string): Promise<void> {
  const bytes = typeof data === "string" ? Buffer.byteLength(data) : data.length;
  await writeFileAtomicBy(path, (file) => file.writeFile(data), { bytes });
}

/**
 * Replaces `path` by what `fill` writes into the open file. `bytes`, if known, is told when the disk is full.
 * @throws E_DISK_FULL, E_FILE_WRITE, and what `fill` throws
 */
export async function writeFileAtomicBy(
  path: string,
  fill: (file: FileHandle) => Promise<void>,
  options: { readonly bytes?: number } = {},
): Promise<void> {
  await withTemporary(path, "tmp", async (temporary) => {
    try {
      const file = await open(temporary, "wx");
      try {
        await fill(file);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await discard(temporary);
      throw await explainWriteError(error, path, options);
    }
  });
}

/**
 * Makes the folder `path` by filling a temporary one and renaming it. An existing folder is replaced: it is moved
 * aside first and put back if the new one cannot take its place. Leftovers of earlier crashes for this path are swept.
 * @throws E_DISK_FULL, E_FILE_WRITE, and what `fill` throws
 */
export async function writeDirectoryAtomic(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  await withTemporary(path, "tmp", async (temporary) => {
    try {
      await makeFolder(dirname(path));
      await sweep(dirname(path), (name) => name === basename(path));
      await mkdir(temporary);
      await fill(temporary);
      await syncTree(temporary);
      await replaceFolder(path, temporary);
    } catch (error) {
      await discard(temporary);
      throw await explainWriteError(namedBy(error, temporary, path), path);
    }
  });
}

async function replaceFolder(path: string, filled: string): Promise<void> {
  await withTemporary(path, "old", async (aside) => {
    const replaced = await moveIfPresent(path, aside);
    try {
      await rename(filled, path);
    } catch (error) {
      // Should this fail too, the folder stays aside, where a sweep finds it.
      if (replaced) await rename(aside, path).catch(() => undefined);
      throw error;
    }
    await syncFolder(dirname(path));
    if (replaced) await rm(aside, { recursive: true, force: true });
  });
}

/** What cannot be deleted is left for a sweep: the error that led here is the one to tell. */
async function discard(temporary: string): Promise<void> {
  await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
}

/** An error about a file in a temporary folder, told about the file as the user knows it. */
function namedBy(error: unknown, temporary: string, path: string): unknown {
  if (!isTunesmithError(error) || error.where?.startsWith(temporary) !== true) return error;
  const { code, what, fix, cause } = error;
  return new TunesmithError(code, { what, fix, cause, where: path + error.where.slice(temporary.length) });
}

async function moveIfPresent(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/**
 * Clears a folder of what interrupted writes left: unfinished files and folders are deleted, and a folder that was
 * moved aside is put back where its replacement never came. What a living process is writing is left alone.
 * Returns the names of the leftovers.
 */
export function sweepTemporary(folder: string): Promise<readonly string[]> {
  return sweep(folder, () => true);
}

async function sweep(folder: string, of: (name: string) => boolean): Promise<readonly string[]> {
  const swept: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const [, target, kind, pid] = LEFTOVER.exec(name) ?? [];
    if (target === undefined || !of(target)) continue;
    const path = join(folder, name);
    if (await isBeingWritten(path, kind as string, Number(pid))) continue;
    const lost = kind === "old" && (await lstat(join(folder, target)).catch(() => undefined)) === undefined;
    if (lost) await rename(path, join(folder, target));
    else await rm(path, { recursive: true, force: true });
    swept.push(name);
  }
  if (swept.length > 0) await syncFolder(folder);
  return swept;
}

/** Numbers of processes come again, in containers at once: a leftover can bear our own or a stranger's. */
async function isBeingWritten(path: string, kind: string, pid: number): Promise<boolean> {
  if (inUse.has(path)) return true;
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return false;
  if (pid === process.pid) return stats.ctimeMs > Date.now() - process.uptime() * 1000;
  const age = Date.now() - stats.ctimeMs;
  return age < (kind === "old" ? ASIDE_MILLISECONDS : OWNER_MILLISECONDS) && (await isAlive(pid));
}

/**
 * Points the link `path` at `target` (relative to the link), replacing an older one. Where links are refused, a file
 * holds the name.
 * @throws E_DISK_FULL, E_FILE_WRITE
 */
export async function replaceSymlink(path: string, target: string): Promise<void> {
  await withTemporary(path, "tmp", async (temporary) => {
    try {
      await symlink(target, temporary);
    } catch (error) {
      if (!linkRefusals.has(codeOf(error) ?? "")) throw await explainWriteError(error, path);
      return writeFileAtomic(path, `${target}\n`);
    }
    try {
      await rename(temporary, path);
      await syncFolder(dirname(path));
    } catch (error) {
      await discard(temporary);
      throw await explainWriteError(error, path);
    }
  });
}

const linkRefusals: ReadonlySet<string> = new Set(["EACCES", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM"]);

/** What a link (or the file that stands for one) points at; undefined when there is none. */
export async function readPointer(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isSymbolicLink()) return readlink(path);
  return stats?.isFile() && stats.size < 4096
    ? (await readRegularText(path, { code: "E_CLI_INPUT", limit: 4096 })).trim()
    : undefined;
}

/** The folder meant by `path`: itself, or what a pointer file in its place names. */
export async function followPointer(path: string): Promise<string> {
  const stats = await lstat(path).catch(() => undefined);
  const target = stats?.isFile() ? await readPointer(path) : undefined;
  return target === undefined ? path : join(dirname(path), basename(target));
}

/** Forces every file of a folder to disk, then the folder: a rename must not come before what it names. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncFile(path);
  }
  await syncFolder(folder);
}

async function syncFile(path: string): Promise<void> {
  // Windows syncs only what is open for writing.
  const file = await open(path, process.platform === "win32" ? "r+" : "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename durable. Some systems cannot sync folders; there the rename alone must do. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}
