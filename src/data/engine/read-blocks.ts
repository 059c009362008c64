/**
 * Files cut into blocks. JSON lines are cut at line ends without being looked into; all other formats go through
 * their readers and are written as JSON lines, so that workers know one form.
 */
import { isTunesmithError } from "../../base/errors.ts";
import { rowReaderOf } from "../../formats/row-readers.ts";
import { megabytes, readTextBytes } from "../../formats/row-reader.ts";
import { BLOCK_BYTES, type Block, type Fault, type FileFault } from "./block.ts";

export interface ReadBlocksOptions {
  /** No row may be longer, in bytes. */
  readonly maxRowBytes: number;
  /** Told of a file that breaks off; what came before it stays. Throws to end the reading. */
  readonly onFileFault: (fault: FileFault) => void;
}

type Piece = Omit<Block, "index" | "file" | "consumed">;

/** Blocks of all files, in order. Those of one file end with it. @throws what `onFileFault` throws */
export async function* readBlocks(files: readonly string[], options: ReadBlocksOptions): AsyncGenerator<Block> {
  let index = 0;
  for (const file of files) {
    let at = isPlainLines(file) ? 0 : undefined;
    const pieces = isJsonLines(file) ? cutLines(file, options.maxRowBytes) : gatherRows(file, options.maxRowBytes);
    try {
      for await (const piece of pieces) {
        // Lines that were dropped are in no block: behind them the place is not known.
        if (piece.faults.length > 0) at = undefined;
        const place = at === undefined ? {} : { source: { file, ranges: [[at, at + piece.bytes.length] as const] } };
        yield { index: index++, file, consumed: piece.bytes.length, ...piece, ...place };
        if (at !== undefined) at += piece.bytes.length;
      }
    } catch (error) {
      if (!isTunesmithError(error, "E_DATA_FILE")) throw error;
      options.onFileFault({ file: error.where ?? file, reason: error.what });
    }
  }
}

const isJsonLines = (file: string): boolean => /\.(jsonl|ndjson)(\.gz|\.zst)?$/i.test(file);

const isPlainLines = (file: string): boolean => /\.(jsonl|ndjson)$/i.test(file);

const NEWLINE = 0x0a;

async function* cutLines(file: string, maxRowBytes: number): AsyncGenerator<Piece> {
  let parts: Uint8Array[] = [];
  let size = 0;
  let firstLine = 1;
  let line = 1;
  let faults: Fault[] = [];
  /** Whether the line that is being read is too long and dropped. */
  let dropping = false;
  const flush = (): Piece => {
    const piece = { bytes: Buffer.concat(parts, size), firstLine, faults };
    [parts, size, firstLine, faults] = [[], 0, line, []];
    return piece;
  };
  for await (const chunk of readTextBytes(file)) {
    let rest = chunk;
    if (dropping) {
      const end = rest.indexOf(NEWLINE);
      if (end < 0) continue;
      dropping = false;
      faults.push({ line, reason: `the line is too long: over ${megabytes(maxRowBytes)}` });
      line++;
      rest = rest.subarray(end + 1);
      firstLine = line;
    }
    const last = rest.lastIndexOf(NEWLINE);
    if (last >= 0) {
      const whole = rest.subarray(0, last + 1);
      parts.push(whole);
      size += whole.length;
      line += countNewlines(whole);
      if (size >= BLOCK_BYTES) yield flush();
      rest = rest.subarray(last + 1);
    }
    if (rest.length === 0) continue;
    // The unfinished line stands at the end of `parts`, behind whole ones.
    parts.push(rest);
    size += rest.length;
    if (size <= maxRowBytes) continue;
    const { whole, tail } = splitTail(Buffer.concat(parts, size));
    [parts, size] = whole.length > 0 ? [[whole], whole.length] : [[], 0];
    if (size > 0) yield flush();
    if (tail.length > maxRowBytes) dropping = true;
    else [parts, size] = [[tail], tail.length];
  }
  if (dropping) faults.push({ line, reason: `the line is too long: over ${megabytes(maxRowBytes)}` });
  if (size > 0 || faults.length > 0) {
    if (size > 0) parts.push(Uint8Array.of(NEWLINE));
    size += size > 0 ? 1 : 0;
    yield flush();
  }
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

function splitTail(bytes: Uint8Array): { readonly whole: Uint8Array; readonly tail: Uint8Array } {
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  return { whole: bytes.subarray(0, end), tail: bytes.subarray(end) };
}

async function* gatherRows(file: string, maxRowBytes: number): AsyncGenerator<Piece> {
  const reader = rowReaderOf(file);
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
  for await (const { line, row, value, error } of reader(file, { maxLineBytes: maxRowBytes })) {
    const at = row ?? line;
    if (error !== undefined) faults.push({ line: at, reason: error });
    else {
      const text = JSON.stringify(value) ?? "null";
      texts.push(text);
      lines.push(at);
      size += text.length;
    }
    if (size >= BLOCK_BYTES || faults.length >= 1000) yield flush();
  }
  if (texts.length > 0 || faults.length > 0) yield flush();
}
