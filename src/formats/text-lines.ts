/** Plain text: each line that is not blank is a row {"text": line}, as Hugging Face's text loader reads it. */
import { readLines, type RawRow } from "./row-reader.ts";

export async function* readTextLines(path: string): AsyncGenerator<RawRow> {
  for await (const { line, text, error } of readLines(path)) {
    if (error !== undefined || text === undefined) yield { line, error: error ?? "the line cannot be read" };
    else if (text.trim() !== "") yield { line, value: { text } };
  }
}
