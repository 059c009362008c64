/**
 * The one reader of files that others wrote. Regular files alone: a pipe would wait for ever, a device never end. Bytes
 * are counted while they are read, since a file may grow and some of the system's say that they are empty.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import type { ErrorCode } from "../base/error-codes.ts";
import { fail, isTunesmithError } from "../base/errors.ts";

export interface OpenFileOptions {
  /** What is thrown when the file is not there, is none, or is too large. */
  readonly code: ErrorCode;
  /** What to do then; default the code's own advice. */
  readonly fix?: string;
}

export interface ReadFileOptions extends OpenFileOptions {
  /** Most bytes that are read; default {@link FILE_LIMIT}. */
  readonly limit?: number;
}

/** Enough for every file of settings. */
export const FILE_LIMIT = 64 * 2 ** 20;

// A pipe that took the file's place after it was looked at must not hold up the open; nor is a terminal taken over.
// Windows has neither flag.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** All bytes of a file. @throws options.code */
export async function readRegularFile(path: string, options: ReadFileOptions): Promise<Uint8Array<ArrayBuffer>> {
  const file = await openRegularFile(path, options);
  try {
    const gathered = gather(path, (await file.stat()).size, options);
    for (;;) {
      const { bytesRead } = await file.read(gathered.room());
      if (bytesRead === 0) return gathered.bytes();
      gathered.took(bytesRead);
    }
  } catch (cause) {
    return explain(path, options, cause);
  } finally {
    await file.close();
  }
}

/** Text of a file of UTF-8, as it is: a byte order mark stays. @throws options.code */
export async function readRegularText(path: string, options: ReadFileOptions): Promise<string> {
  return toText(await readRegularFile(path, options));
}

/** As {@link readRegularText}; undefined where nothing is there, or a link leads nowhere. @throws options.code */
export async function readTextIfThere(path: string, options: ReadFileOptions): Promise<string | undefined> {
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  return there ? readRegularText(path, options) : undefined;
}

/** For what is read before anything else can go on. @throws options.code */
export function readRegularTextSync(path: string | URL, options: ReadFileOptions): string {
  const where = String(path);
  let file: number | undefined;
  try {
    checkKind(where, statSync(path), options);
    file = openSync(path, FLAGS);
    const stats = fstatSync(file);
    checkKind(where, stats, options);
    const gathered = gather(where, stats.size, options);
    for (;;) {
      const count = readSync(file, gathered.room());
      if (count === 0) return toText(gathered.bytes());
      gathered.took(count);
    }
  } catch (cause) {
    return explain(where, options, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** A file to read parts of; the caller closes it. @throws options.code */
export async function openRegularFile(path: string, options: OpenFileOptions): Promise<FileHandle> {
  let file: FileHandle | undefined;
  try {
    // Opening a device can already do something, so the path is looked at first, and what was opened once more.
    checkKind(path, await stat(path), options);
    file = await open(path, FLAGS);
    checkKind(path, await file.stat(), options);
    return file;
  } catch (cause) {
    await file?.close();
    return explain(path, options, cause);
  }
}

/** The path again, for libraries that open files themselves. @throws options.code */
export async function checkRegularFile(path: string, options: ReadFileOptions): Promise<string> {
  const file = await openRegularFile(path, options);
  try {
    const { limit = FILE_LIMIT } = options;
    if ((await file.stat()).size > limit) failSize(path, limit, options);
  } finally {
    await file.close();
  }
  return path;
}

interface Gathered {
  /** Where the next bytes go. */
  readonly room: () => Uint8Array;
  readonly took: (count: number) => void;
  readonly bytes: () => Uint8Array<ArrayBuffer>;
}

/** Room for what the file says it holds and one byte more, so that a longer one is found out; it grows when needed. */
function gather(path: string, size: number, options: ReadFileOptions): Gathered {
  const { limit = FILE_LIMIT } = options;
  if (size > limit) failSize(path, limit, options);
  let bytes = new Uint8Array(size + 1);
  let count = 0;
  return {
    room: () => {
      if (count === bytes.length) {
        const larger = new Uint8Array(Math.min(limit + 1, Math.max(4096, 2 * count)));
        larger.set(bytes);
        bytes = larger;
      }
      return bytes.subarray(count);
    },
    took: (more) => {
      count += more;
      if (count > limit) failSize(path, limit, options);
    },
    bytes: () => bytes.subarray(0, count),
  };
}

const kinds: readonly (readonly [(stats: Stats) => boolean, string])[] = [
  [(stats) => stats.isDirectory(), "a folder"],
  [(stats) => stats.isFIFO(), "a pipe"],
  [(stats) => stats.isSocket(), "a socket"],
  [(stats) => stats.isCharacterDevice() || stats.isBlockDevice(), "a device"],
];

/** What is not a file: "a folder", "a pipe", "a device"; undefined for regular files. */
export const otherKindOf = (stats: Stats): string | undefined =>
  stats.isFile() ? undefined : (kinds.find(([is]) => is(stats))?.[1] ?? "something else");

/** Refuses what is not a regular file. @throws options.code */
export function checkKind(where: string, stats: Stats, { code }: Pick<OpenFileOptions, "code">): void {
  const kind = otherKindOf(stats);
  if (kind === undefined) return;
  const fix =
    kind === "a folder" ? "Name a file in it." : "Put an ordinary file in its place: what it holds must have an end.";
  fail(code, { where, what: `this is ${kind}, not a file.`, fix });
}

function failSize(where: string, limit: number, { code, fix }: OpenFileOptions): never {
  const most = limit >= 2 ** 20 ? `${Math.floor(limit / 2 ** 20)} MiB` : `${limit} bytes`;
  return fail(code, { where, what: `the file is larger than ${most}.`, ...(fix === undefined ? {} : { fix }) });
}

/** Errors of the system with the code; ours go on as they are. */
function explain(where: string, { code, fix }: OpenFileOptions, cause: unknown): never {
  if (isTunesmithError(cause)) throw cause;
  const error = cause as NodeJS.ErrnoException;
  const what = error.code === "ENOENT" ? "there is no such file." : `the file cannot be read: ${error.message}.`;
  return fail(code, { where, what, ...(fix === undefined ? {} : { fix }), cause });
}

// A decoder of Node's keeps a byte order mark and writes U+FFFD for what is not UTF-8, as readFile does.
const toText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
