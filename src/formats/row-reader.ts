/** What a reader of rows yields, and the streams of bytes and lines under it. */
import type { Duplex, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { fail } from "../base/errors.ts";
import { openRegularFile } from "./read-file.ts";
import { createUnzstd } from "./unzstd.ts";

export interface RawRow {
  /** Line of the file where the row begins, from 1; in Parquet, which has no lines, the number of the row. */
  readonly line: number;
  /** Number of the row, from 1, where several rows can be on one line: in JSON lists. */
  readonly row?: number;
  readonly value?: unknown;
  /** The line that the value was read from, where it is one line of JSON. */
  readonly text?: string;
  /** Why there is no value. What comes before the first colon or parenthesis names the kind of mistake. */
  readonly error?: string;
  /** Where on the line the error is, from 1, if that is known. */
  readonly column?: number;
}

export interface RowReaderOptions {
  /**
   * No line, cell or value may be longer, in bytes: a file without line ends must not fill the memory. Default
   * {@link LINE_LIMIT}.
   */
  readonly maxLineBytes?: number;
  /** What a row of a text file is; default "line". Other formats have no use for it. */
  readonly sampleBy?: "line" | "paragraph";
  /** No row group of Parquet may take more memory while it is read, in bytes; default any. */
  readonly maxGroupBytes?: number;
  /** Told how many bytes of the file have been read so far: packed ones where it is packed. */
  readonly onRead?: (bytes: number) => void;
}

/** Rows in the order of the file. A row that cannot be read has an error, a file that cannot be read throws E_DATA_FILE. */
export type RowReader = (path: string, options?: RowReaderOptions) => AsyncIterable<RawRow>;

export const LINE_LIMIT = 64 * 2 ** 20;

export const megabytes = (bytes: number): string =>
  bytes < 2 ** 20 ? `${bytes} bytes` : `${Number((bytes / 2 ** 20).toFixed(1))} MB`;

/** What unpacks a file, by the end of its name. */
const unpackers: Readonly<Record<string, () => Duplex>> = { ".gz": () => createGunzip(), ".zst": createUnzstd };

/** The suffix of a packed file (".gz"), or undefined. */
export function packingOf(path: string): string | undefined {
  const name = path.toLowerCase();
  return Object.keys(unpackers).find((suffix) => name.endsWith(suffix));
}

/** Bytes of a file, unpacked when it is gzip or zstd. @throws E_DATA_FILE */
async function* readBytesOf(path: string, onRead?: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const handle = await openRegularFile(path, { code: "E_DATA_FILE" });
  const file = handle.createReadStream({ highWaterMark: 1 << 18 });
  const unpack = unpackers[packingOf(path) ?? ""];
  const stream: Readable = unpack === undefined ? file : file.pipe(unpack());
  file.on("error", (error) => stream.destroy(error));
  try {
    for await (const chunk of stream) {
      onRead?.(file.bytesRead);
      yield chunk as Uint8Array;
    }
  } catch (cause) {
    const message = (cause as Error).message;
    fail("E_DATA_FILE", {
      where: path,
      what: `the file cannot be read: ${message}.`,
      ...(message === "unexpected end of file" ? { fix: "The compressed file is cut short: fetch it again." } : {}),
      cause,
    });
  } finally {
    file.destroy();
    stream.destroy();
  }
}

/**
 * Bytes of a file of UTF-8 text, without a byte order mark. Text in UTF-16, as some Windows tools save it, is refused.
 * @throws E_DATA_FILE
 */
export async function* readTextBytes(
  path: string,
  { onRead }: Pick<RowReaderOptions, "onRead"> = {},
): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array();
  for await (const chunk of readBytesOf(path, onRead)) {
    if (start === undefined) yield chunk;
    else {
      start = Buffer.concat([start, chunk]);
      if (start.length < 3) continue;
      yield unmarked(start, path);
      start = undefined;
    }
  }
  if (start !== undefined && start.length > 0) yield unmarked(start, path);
}

function unmarked(start: Uint8Array, path: string): Uint8Array {
  const [a, b, c] = start;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    fail("E_DATA_FILE", { where: path, what: "the text is UTF-16.", fix: "Save it as UTF-8." });
  }
  return a === 0xef && b === 0xbb && c === 0xbf ? start.subarray(3) : start;
}

export interface TextLine {
  readonly line: number;
  readonly text?: string;
  readonly error?: string;
}

const NEWLINE = 0x0a;

/** Lines of a UTF-8 file without their ends. A broken or endless line has an error. @throws E_DATA_FILE */
export async function* readLines(path: string, options: RowReaderOptions = {}): AsyncGenerator<TextLine> {
  const { maxLineBytes = LINE_LIMIT } = options;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let parts: Uint8Array[] = [];
  let size = 0;
  let line = 0;
  const add = (part: Uint8Array): void => {
    size += part.length;
    if (size <= maxLineBytes) parts.push(part);
    else parts = [];
  };
  const finish = (): TextLine => {
    const [whole, length] = [parts, size];
    [parts, size] = [[], 0];
    line++;
    if (length > maxLineBytes) return { line, error: `the line is too long: over ${megabytes(maxLineBytes)}` };
    try {
      const text = decoder.decode(whole.length === 1 ? whole[0] : Buffer.concat(whole));
      return { line, text: text.endsWith("\r") ? text.slice(0, -1) : text };
    } catch {
      return { line, error: "the line is not UTF-8" };
    }
  };
  for await (const chunk of readTextBytes(path, options)) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  if (size > 0) yield finish();
}
