/** JSON lines: one value per line; blank lines are passed over. */
import { findJsonFault } from "./json-fault.ts";
import { parseJson } from "./json-text.ts";
import { readLines, type RawRow, type RowReaderOptions } from "./row-reader.ts";

export async function* readJsonl(path: string, options: RowReaderOptions = {}): AsyncGenerator<RawRow> {
  for await (const { line, text, error } of readLines(path, options)) {
    if (error !== undefined || text === undefined) yield { line, error: error ?? "the line cannot be read" };
    else if (text.trim() !== "") yield parseLine(line, text);
  }
}

function parseLine(line: number, text: string): RawRow {
  try {
    return { line, value: parseJson(text), text };
  } catch (cause) {
    if (cause instanceof RangeError) return { line, error: cause.message };
    const fault = findJsonFault(text);
    if (fault === undefined) return { line, error: `not JSON: ${(cause as Error).message}` };
    const column = fault.offset + 1;
    const begins = text.length > 60 ? `${text.slice(0, 60)}...` : text;
    return { line, column, error: `not JSON: ${fault.reason} at column ${column} (the line begins ${begins})` };
  }
}
