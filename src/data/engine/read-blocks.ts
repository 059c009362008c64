/**
 * Files cut into blocks. JSON lines are cut at line ends without being looked into; all other formats go through
 * their readers and are written as JSON lines, so that workers know one form. Where a block ends follows from the
 * bytes of the file alone, not from the pieces in which a disk gives them.
 */
import { stat } from "node:fs/promises";
import { isTunesmithError } from "../../base/errors.ts";
import { engineReaderOf } from "../../formats/documents.ts";
import { writeJson } from "../../formats/json-text.ts";
import { megabytes, readTextBytes } from "../../formats/row-reader.ts";
import { BLOCK_BYTES, type Block, type Fault, type FileFault } from "./block.ts";

/** Where reading begins: all files before this one are done. */
export interface Position {
  readonly file: number;
  /** Index of the first block of that file. */
  readonly block: number;
}

export interface ReadBlocksOptions {
  /** No row may be longer, in bytes. */
  readonly maxRowBytes: number;
  /** No row group of Parquet may take more memory, in bytes; default any. */
  readonly maxGroupBytes?: number;
  /** Told of a file that breaks off; what came before it stays. Throws to end the reading. */
  readonly onFileFault: (fault: FileFault) => void;
  /** Default: the first file. */
  readonly from?: Position;
}

interface CutOptions extends Pick<ReadBlocksOptions, "maxRowBytes" | "maxGroupBytes"> {
  readonly onRead: (bytes: number) => void;
}

type Piece = Pick<Block, "bytes" | "firstLine" | "lines" | "faults">;

/** Blocks of all files, in order. Those of one file end with it. @throws what `onFileFault` throws */
export async function* readBlocks(files: readonly string[], options: ReadBlocksOptions): AsyncGenerator<Block> {
  const { onFileFault, from = { file: 0, block: 0 } } = options;
  let index = from.block;
  for (const [fileNumber, file] of files.entries()) {
    if (fileNumber < from.file) continue;
    let [read, told] = [0, 0];
    const onRead = (bytes: number): void => {
      read = bytes;
    };
    let at = isPlainLines(file) ? 0 : undefined;
    const cut = isJsonLines(file) ? cutLines : gatherRows;
    try {
      for await (const piece of cut(file, { ...options, onRead })) {
        // Lines that were dropped are in no block: behind them the place is not known.
        if (piece.faults.length > 0) at = undefined;
        const end = at === undefined ? undefined : at + piece.bytes.length;
        const place = at === undefined || end === undefined ? {} : { source: { file, ranges: [[at, end] as const] } };
        yield { index: index++, file, fileNumber, consumed: read - told, ...piece, ...place };
        told = read;
        at = end;
      }
    } catch (error) {
      if (!isTunesmithError(error, "E_DATA_FILE")) throw error;
      onFileFault({ file: error.where ?? file, reason: error.what, fix: error.fix });
    }
  }
}

const isJsonLines = (file: string): boolean => /\.(jsonl|ndjson)(\.gz|\.zst)?$/i.test(file);

const isPlainLines = (file: string): boolean => /\.(jsonl|ndjson)$/i.test(file);

const NEWLINE = 0x0a;

async function* cutLines(file: string, { maxRowBytes, onRead }: CutOptions): AsyncGenerator<Piece> {
  const blockBytes = Math.min(BLOCK_BYTES, maxRowBytes);
  let parts: Uint8Array[] = [];
  let size = 0;
  /** Where the last whole line of the block ends. */
  let lastEnd = 0;
  /** Of the block's first line. */
  let line = 1;
  let faults: Fault[] = [];
  /** Whether the line that is being read is too long and dropped. */
  let dropping = false;
  const piece = (bytes: Uint8Array): Piece => {
    const made = { bytes, firstLine: line, faults };
    line += countNewlines(bytes);
    [parts, size, lastEnd, faults] = [[], 0, 0, []];
    return made;
  };
  const dropped = (): void => {
    faults.push({ line: line++, reason: `the line is too long: over ${megabytes(maxRowBytes)}` });
    dropping = false;
  };
  /** Whole lines before one that is too long. */
  const head = (): Uint8Array => Buffer.from(Buffer.concat(parts, size).subarray(0, lastEnd));
  const forget = (): void => {
    [parts, size, lastEnd] = [[], 0, 0];
  };

  let broken: unknown;
  try {
    for await (const chunk of readTextBytes(file, { onRead })) {
      for (let start = 0; start < chunk.length;) {
        if (dropping) {
          const end = chunk.indexOf(NEWLINE, start);
          if (end < 0) break;
          dropped();
          start = end + 1;
          continue;
        }
        // The block ends with the first line that ends at or behind its size.
        const wanted = start + Math.max(0, blockBytes - size - 1);
        const end = wanted < chunk.length ? chunk.indexOf(NEWLINE, wanted) : -1;
        const part = chunk.subarray(start, end < 0 ? chunk.length : end + 1);
        // The last line end before the one that ends the block.
        const before = end === start ? -1 : part.lastIndexOf(NEWLINE, end < 0 ? undefined : part.length - 2);
        if (before >= 0) lastEnd = size + before + 1;
        parts.push(part);
        size += part.length;
        start += part.length;
        const tail = size - lastEnd - (end < 0 ? 0 : 1);
        if (tail > maxRowBytes) {
          if (lastEnd > 0) yield piece(head());
          else forget();
          dropping = true;
          if (end >= 0) dropped();
        } else if (end >= 0) yield piece(Buffer.concat(parts, size));
      }
    }
  } catch (error) {
    broken = error;
  }
  if (dropping) dropped();
  if (size > lastEnd) {
    parts.push(Uint8Array.of(NEWLINE));
    size++;
  }
  if (size > 0 || faults.length > 0) yield piece(Buffer.concat(parts, size));
  if (broken !== undefined) throw broken;
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

const MOST_FAULTS = 1000;

async function* gatherRows(file: string, options: CutOptions): AsyncGenerator<Piece> {
  const { maxRowBytes } = options;
  const reader = engineReaderOf(file);
  if (reader === undefined) return;
  let texts: string[] = [];
  let lines: number[] = [];
  let faults: Fault[] = [];
  let size = 0;
  const flush = (): Piece => {
    const bytes = Buffer.from(texts.length === 0 ? "" : `${texts.join("\n")}\n`);
    const piece = { bytes, firstLine: lines[0] ?? 1, lines: Uint32Array.from(lines), faults };
    [texts, lines, faults, size] = [[], [], [], 0];
    return piece;
  };
  let broken: unknown;
  try {
    for await (const { line, row, value, error } of reader(file, { ...options, maxLineBytes: maxRowBytes })) {
      const at = row ?? line;
      const text = error === undefined ? writeJson(value) : "";
      if (error !== undefined) faults.push({ line: at, reason: error });
      else if (text.length > maxRowBytes) {
        faults.push({ line: at, reason: `the row is too long: over ${megabytes(maxRowBytes)}` });
      } else {
        texts.push(text);
        lines.push(at);
        size += text.length;
      }
      if (size >= BLOCK_BYTES || faults.length >= MOST_FAULTS) yield flush();
    }
  } catch (error) {
    broken = error;
  }
  if (texts.length > 0 || faults.length > 0) yield flush();
  if (broken !== undefined) throw broken;
}

/** Bytes of all files, as they lie on the disk. */
export async function sizeOfFiles(files: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const file of files) bytes += (await stat(file)).size;
  return bytes;
}
