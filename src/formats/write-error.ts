/** Why a write failed, as an error with advice: a full disk with what was wanted and what is free, or a refusal. */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { TunesmithError } from "../base/errors.ts";

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** What the system says, in words. */
const refusals: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EEXIST: "something of that name is in the way",
  EFBIG: "the file would be larger than allowed here",
  EISDIR: "a folder of that name is in the way",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "the folder does not exist",
  ENOTDIR: "a part of the path is not a folder",
  ENOTEMPTY: "a folder of that name is in the way",
  EPERM: "the system does not permit it",
  EROFS: "the disk is read-only",
};

/**
 * The error to throw for a failed write of `path`: E_DISK_FULL, E_FILE_WRITE, or the error itself when it is about
 * something else, such as a file that could not be read to be copied.
 */
export async function explainWriteError(
  error: unknown,
  path: string,
  options: { readonly bytes?: number } = {},
): Promise<unknown> {
  const code = codeOf(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    const free = await freeBytes(dirname(path));
    const why = code === "EDQUOT" ? "the quota of this user is used up" : "the disk is full";
    const wanted = options.bytes === undefined ? "" : `${sizeText(options.bytes)} are wanted, `;
    const what = `${why}: ${wanted}${free === undefined ? "free space is unknown" : `${sizeText(free)} are free`}.`;
    return new TunesmithError("E_DISK_FULL", { where: path, what, cause: error });
  }
  const refusal = code === undefined ? undefined : refusals[code];
  if (refusal === undefined || !concerns(error, path)) return error;
  const what = `it cannot be written: ${refusal} (${code}); what was there is unchanged.`;
  return new TunesmithError("E_FILE_WRITE", { where: path, what, cause: error });
}

/** Errors of an open file name no path; others must name the target, a temporary neighbour or a folder above. */
function concerns(error: unknown, path: string): boolean {
  const { path: from, dest } = error as { readonly path?: unknown; readonly dest?: unknown };
  const named = [from, dest].filter((name) => typeof name === "string");
  return named.length === 0 || named.some((name) => name.startsWith(path) || path.startsWith(name));
}

/** Free space of the disk a folder is on, for who is not root. */
async function freeBytes(folder: string): Promise<number | undefined> {
  const stats = await statfs(folder).catch(() => undefined);
  return stats === undefined ? undefined : stats.bavail * stats.bsize;
}

function sizeText(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`;
}
