/** The images or sounds of a row: a list of paths, or of the bytes themselves in a column beside it. */
import type { FileHandle } from "node:fs/promises";
import { fail, isTunesmithError } from "../../../base/errors.ts";
import { openRegularFile } from "../../../formats/read-file.ts";
import { asList, show } from "../../shapes/shape.ts";
import type { Sample } from "../sample.ts";
import type { OperatorTools } from "../tools.ts";

export interface MediaFile {
  /** As the row has it. */
  readonly path: string;
  readonly bytes: Uint8Array | undefined;
  /** The row's origin and the path, for errors. */
  readonly where: string;
}

/** No file of a row may be larger when it is decoded, in bytes. */
export const MEDIA_LIMIT = 2 ** 29;

/** Files of a row; none when the column is missing or empty. @throws E_DATA_ROW for something else than a list of paths */
export function mediaFiles(sample: Sample, key: string, bytesKey?: string): readonly MediaFile[] {
  const value = sample.field(key);
  if (value === undefined || value === null) return [];
  const list = asList(value) ?? badRow(`${sample.origin}: ${key}`, `${key} is ${show(value)}, wants a list of paths.`);
  const stored = bytesKey === undefined ? undefined : sample.field(bytesKey);
  return list.map((path, i) => {
    const where = `${sample.origin}: ${key}[${i}]`;
    if (typeof path !== "string" || path === "") return badRow(where, `a file is ${show(path)}, wants a path.`);
    const bytes: unknown = Array.isArray(stored) ? stored[i] : undefined;
    return { path, bytes: bytes instanceof Uint8Array ? bytes : undefined, where: `${where} ${path}` };
  });
}

/** Where a file is. @throws E_DATA_ROW when it is not there */
export function pathOf(file: MediaFile, tools: OperatorTools): string {
  try {
    return tools.resolve(file.path);
  } catch (cause) {
    return badFile(file, "cannot be found", cause);
  }
}

/** Bytes of a file. @throws E_DATA_ROW when it is not there */
export async function sizeOf(file: MediaFile, tools: OperatorTools): Promise<number> {
  if (file.bytes !== undefined) return file.bytes.length;
  const path = pathOf(file, tools);
  let handle: FileHandle | undefined;
  try {
    handle = await openRegularFile(path, { code: "E_DATA_FILE" });
    return (await handle.stat()).size;
  } catch (cause) {
    return badFile(file, "cannot be read", cause);
  } finally {
    await handle?.close();
  }
}

/** @throws E_DATA_ROW that names the row and the file; errors that say it already are thrown on */
export function badFile(file: MediaFile, problem: string, cause: unknown): never {
  if (isTunesmithError(cause, "E_DATA_ROW") || isTunesmithError(cause, "E_DATA_PACKAGE")) throw cause;
  const reason = cause instanceof Error ? `: ${sayOnce(cause)}` : "";
  return fail("E_DATA_ROW", {
    where: file.where,
    what: `the file ${problem}${reason}.`,
    fix: "Correct the path or the file; relative paths start at the folder of the recipe.",
    cause,
  });
}

const sayOnce = (cause: Error): string | undefined =>
  isTunesmithError(cause) ? cause.what.replace(/\.$/, "") : cause.message.split("\n")[0];

const badRow = (where: string, what: string): never =>
  fail("E_DATA_ROW", { where, what, fix: "Correct the row, or name another column." });
