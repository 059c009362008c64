/** What a reader of rows yields, and the byte stream under it. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { fail } from "../base/errors.ts";

export interface RawRow {
  /** Line of the file, or number of the record where a format has no lines; from 1. */
  readonly line: number;
  readonly value?: unknown;
  /** Why there is no value. */
  readonly error?: string;
}

export type RowReader = (path: string) => AsyncIterable<RawRow>;

/** No line or cell may be longer, in bytes: a file without line ends must not fill the memory. */
export const LINE_LIMIT = 64 * 2 ** 20;

/** Bytes of a file, unpacked when it is gzip. Failures become E_DATA_FILE. */
export async function* readBytesOf(path: string): AsyncGenerator<Uint8Array> {
  const file: Readable = createReadStream(path, { highWaterMark: 1 << 18 });
  const stream = path.toLowerCase().endsWith(".gz") ? file.pipe(createGunzip()) : file;
  file.on("error", (error) => stream.destroy(error));
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (cause) {
    fail("E_DATA_FILE", { where: path, what: `the file cannot be read: ${(cause as Error).message}.`, cause });
  } finally {
    file.destroy();
  }
}

export interface TextLine {
  readonly line: number;
  readonly text?: string;
  readonly error?: string;
}

const NEWLINE = 0x0a;

/** Lines of a UTF-8 file without their ends, a byte order mark and CR dropped. Broken or endless lines are errors. */
export async function* readLines(path: string): AsyncGenerator<TextLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let parts: Uint8Array[] = [];
  let size = 0;
  let line = 0;
  const finish = (): TextLine => {
    line++;
    if (size > LINE_LIMIT) return { line, error: `the line is longer than ${LINE_LIMIT / 2 ** 20} MB` };
    try {
      const text = decoder.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts));
      const unmarked = line === 1 && text.startsWith("\ufeff") ? text.slice(1) : text;
      return { line, text: unmarked.endsWith("\r") ? unmarked.slice(0, -1) : unmarked };
    } catch {
      return { line, error: "the line is not UTF-8" };
    }
  };
  const clear = (): void => {
    parts = [];
    size = 0;
  };
  for await (const chunk of readBytesOf(path)) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      size += end - start;
      if (size <= LINE_LIMIT) parts.push(chunk.subarray(start, end));
      yield finish();
      clear();
      start = end + 1;
    }
    size += chunk.length - start;
    if (size <= LINE_LIMIT) parts.push(chunk.slice(start));
    else parts = [];
  }
  if (size > 0) yield finish();
}
