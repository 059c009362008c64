/**
 * Writes that happen whole or not at all: into a temporary neighbour first, forced to disk, then renamed.
 * A crash at any instant leaves the old file or folder, and at most a leftover named `*.tmp-<pid>`.
 */
import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readdir, readFile, readlink, rename, rm, statfs, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { TunesmithError } from "../base/errors.ts";

const TEMPORARY = /\.tmp-\d+-[0-9a-f]+$/;

function temporaryName(path: string): string {
  return `${path}.tmp-${process.pid}-${randomUUID().slice(0, 8)}`;
}

/** Replaces `path` by `data`. @throws E_DISK_FULL, E_FILE_WRITE */
export async function writeFileAtomic(path: string, data: Uint8Array | string): Promise<void> {
  await writeFileAtomicBy(path, async (file) => {
    await file.writeFile(data);
  });
}

/** Replaces `path` by what `fill` writes into the open file. @throws E_DISK_FULL, E_FILE_WRITE */
export async function writeFileAtomicBy(
  path: string,
  fill: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const temporary = temporaryName(path);
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
    await rm(temporary, { force: true });
    throw await explainWriteError(error, path);
  }
}

/**
 * Makes the folder `path` by filling a temporary one and renaming it. An existing folder is replaced; between the
 * two renames it is aside under a temporary name, so its content is never lost.
 * @throws E_DISK_FULL, E_FILE_WRITE, and what `fill` throws
 */
export async function writeDirectoryAtomic(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    await mkdir(temporary);
    await fill(temporary);
    await syncTree(temporary);
    const aside = temporaryName(path);
    const replaced = await moveIfPresent(path, aside);
    await rename(temporary, path);
    await syncFolder(dirname(path));
    if (replaced) await rm(aside, { recursive: true, force: true });
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw await explainWriteError(error, path);
  }
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

/** Deletes what interrupted writes left in a folder; returns the names. */
export async function sweepTemporary(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const leftovers = names.filter((name) => TEMPORARY.test(name));
  for (const name of leftovers) await rm(join(folder, name), { recursive: true, force: true });
  return leftovers;
}

/** Points the link `path` at `target` (relative to the link), replacing an older one. Where links are refused, a file holds the name. */
export async function replaceSymlink(path: string, target: string): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await symlink(target, temporary);
  } catch (error) {
    if (codeOf(error) !== "EPERM" && codeOf(error) !== "ENOTSUP" && codeOf(error) !== "EACCES") {
      throw await explainWriteError(error, path);
    }
    return writeFileAtomic(path, `${target}\n`);
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** What a link (or the file that stands for one) points at; undefined when there is none. */
export async function readPointer(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats?.isSymbolicLink()) return readlink(path);
  return stats?.isFile() && stats.size < 4096 ? (await readFile(path, "utf8")).trim() : undefined;
}

/** The folder meant by `path`: itself, or what a pointer file in its place names. */
export async function followPointer(path: string): Promise<string> {
  const stats = await lstat(path).catch(() => undefined);
  const target = stats?.isFile() ? await readPointer(path) : undefined;
  return target === undefined ? path : join(dirname(path), basename(target));
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
  }
  await syncFolder(folder);
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

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Full disks and refused folders become errors with advice; everything else stays as it is. */
async function explainWriteError(error: unknown, path: string): Promise<unknown> {
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    const what = `the disk is full (${await freeMegabytes(dirname(path))} MB free); nothing was replaced.`;
    return new TunesmithError("E_DISK_FULL", { where: path, what, cause: error });
  }
  if (code !== undefined && refusals.has(code)) {
    const what = `writing was refused (${code}); nothing was replaced.`;
    return new TunesmithError("E_FILE_WRITE", { where: path, what, cause: error });
  }
  return error;
}

const refusals: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS", "ENOTDIR", "EFBIG", "EEXIST"]);

async function freeMegabytes(folder: string): Promise<string> {
  const stats = await statfs(folder).catch(() => undefined);
  return stats === undefined ? "unknown" : ((stats.bavail * stats.bsize) / 2 ** 20).toFixed(0);
}
