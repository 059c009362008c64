/**
 * Plain text, each row {"text": ...}: the lines, or the paragraphs (lines up to a blank one, joined by line ends), as
 * Hugging Face's text loader cuts it. Unlike there blank lines are no rows: there is nothing in them to learn.
 */
import { LINE_LIMIT, megabytes, readLines, type RawRow, type RowReaderOptions, type TextLine } from "./row-reader.ts";

export async function* readTextLines(path: string, options: RowReaderOptions = {}): AsyncGenerator<RawRow> {
  const lines = readLines(path, options);
  if (options.sampleBy === "paragraph") return yield* paragraphs(lines, options.maxLineBytes ?? LINE_LIMIT);
  for await (const { line, text, error } of lines) {
    if (error !== undefined || text === undefined) yield { line, error: error ?? "the line cannot be read" };
    else if (text.trim() !== "") yield { line, value: { text } };
  }
}

/** One with a broken line is an error as a whole: half of it would be another text. */
async function* paragraphs(lines: AsyncIterable<TextLine>, limit: number): AsyncGenerator<RawRow> {
  let texts: string[] = [];
  let size = 0;
  let start = 0;
  let broken: RawRow | undefined;
  const finish = (): RawRow => {
    const row = broken ?? { line: start, value: { text: texts.join("\n") } };
    [texts, size, start, broken] = [[], 0, 0, undefined];
    return row;
  };
  for await (const { line, text, error } of lines) {
    if (text?.trim() === "") {
      if (start > 0) yield finish();
      continue;
    }
    if (start === 0) start = line;
    if (text === undefined) broken ??= { line, error: error ?? "the line cannot be read" };
    else if (broken === undefined) {
      texts.push(text);
      size += text.length + 1;
      if (size > limit) {
        broken = { line: start, error: `the paragraph is too long: over ${megabytes(limit)}` };
        texts = [];
      }
    }
  }
  if (start > 0) yield finish();
}
