/** JSON lines: one value per line; blank lines are passed over. */
import { readLines, type RawRow } from "./row-reader.ts";

export async function* readJsonl(path: string): AsyncGenerator<RawRow> {
  for await (const { line, text, error } of readLines(path)) {
    if (error !== undefined || text === undefined) yield { line, error: error ?? "the line cannot be read" };
    else if (text.trim() !== "") yield parseLine(line, text);
  }
}

function parseLine(line: number, text: string): RawRow {
  try {
    return { line, value: JSON.parse(text) as unknown };
  } catch (cause) {
    const start = text.length > 60 ? `${text.slice(0, 60)}...` : text;
    return { line, error: `not JSON: ${(cause as Error).message} (the line begins ${start})` };
  }
}
