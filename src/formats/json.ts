/**
 * JSON files of rows, streamed: a list of rows, one row alone, or JSON lines under the wrong name. What is not JSON
 * ends the reading with its line and column: behind a bracket that is missing nothing can be told apart.
 */
import { fail } from "../base/errors.ts";
import { findJsonFault, lineAndColumn } from "./json-fault.ts";
import { parseJson } from "./json-text.ts";
import { splitJson, type JsonPiece, type Place } from "./json-values.ts";
import { LINE_LIMIT, megabytes, readTextBytes, type RawRow, type RowReaderOptions } from "./row-reader.ts";

const SHAPE_ADVICE = "A file holds a list of rows, or is JSON lines (.jsonl) with one row on each line.";

/** @throws E_DATA_FILE */
export async function* readJson(path: string, options: RowReaderOptions = {}): AsyncGenerator<RawRow> {
  const { maxLineBytes = LINE_LIMIT } = options;
  let row = 0;
  for await (const piece of splitJson(readTextBytes(path, options), maxLineBytes)) {
    if ("reason" in piece) {
      const tooLong = piece.reason.startsWith("a value is longer");
      const reason = tooLong ? `a value is longer than ${megabytes(maxLineBytes)}` : piece.reason;
      return failAt(path, piece, reason, tooLong ? { fix: SHAPE_ADVICE } : {});
    }
    row++;
    yield { line: piece.line, row, ...parse(path, piece) };
  }
}

function parse(path: string, piece: JsonPiece): Pick<RawRow, "value" | "error"> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(piece.bytes);
  } catch (cause) {
    return failAt(path, piece, "the value that begins here is not UTF-8", { cause });
  }
  try {
    return { value: parseJson(text) };
  } catch (cause) {
    if (cause instanceof RangeError) return { error: cause.message };
    const fault = findJsonFault(text);
    if (fault === undefined) return failAt(path, piece, (cause as Error).message, { cause });
    const inside = lineAndColumn(text, fault.offset);
    const place = {
      line: piece.line + inside.line - 1,
      column: inside.line === 1 ? piece.column + inside.column - 1 : inside.column,
    };
    return failAt(path, place, fault.reason, { cause });
  }
}

function failAt(
  path: string,
  { line, column }: Place,
  reason: string,
  { fix = "Correct the file there.", cause }: { readonly fix?: string; readonly cause?: unknown } = {},
): never {
  return fail("E_DATA_FILE", { where: `${path}:${line}:${column}`, what: `not JSON: ${reason}.`, fix, cause });
}
