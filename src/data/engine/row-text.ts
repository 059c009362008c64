/**
 * Rows as text again. What nothing changed stays as it was written: the whole line, or, where a number of the row or
 * the order of its keys would come out changed (1.0, whole numbers beyond 2^53), each column that has its old value.
 */
import { mayDiffer } from "../../formats/json-text.ts";
import type { RawObject } from "../shapes/shape.ts";

const MANY_DIGITS = /\d{16}/;

/** The JSON of `row`; `text` is what `parsed` was read from, and columns that are still those of `parsed` keep theirs. */
export function rowText(row: RawObject, text: string, parsed: RawObject): string {
  if (!mayDiffer(text)) return JSON.stringify(row);
  const slices = columnTexts(text);
  const columns = Object.entries(row).flatMap(([name, value]) => {
    const slice = Object.hasOwn(parsed, name) && parsed[name] === value ? slices.get(name) : undefined;
    const written = slice ?? JSON.stringify(value);
    return written === undefined ? [] : [`${JSON.stringify(name)}:${written}`];
  });
  return `{${columns.join(",")}}`;
}

/** The text of each column's value in a JSON object that is known to be one; of columns of one name the last. */
function columnTexts(text: string): ReadonlyMap<string, string> {
  const columns = new Map<string, string>();
  const mark = /[{}[\]:,"]/g;
  let depth = 0;
  let name: string | undefined;
  let from = 0;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    const at = match.index;
    const [found] = match;
    if (found === '"') {
      mark.lastIndex = stringEnd(text, at);
      if (depth === 1 && name === undefined) name = JSON.parse(text.slice(at, mark.lastIndex)) as string;
    } else if (found === "{" || found === "[") depth++;
    else if (depth === 1 && found === ":") from = at + 1;
    else if (depth === 1 && name !== undefined && found !== "]") {
      columns.set(name, text.slice(from, at).trim());
      name = undefined;
    }
    if (found === "}" || found === "]") depth--;
  }
  return columns;
}

/**
 * The row of a JSON text, with whole numbers beyond 2^53 as texts of their digits, as readers of Parquet give them:
 * they would come out rounded.
 */
export function parseExactly(text: string): RawObject {
  if (!MANY_DIGITS.test(text)) return JSON.parse(text) as RawObject;
  const mark = /"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;
  const parts: string[] = [];
  let from = 0;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    const [found] = match;
    if (found === '"') mark.lastIndex = stringEnd(text, match.index);
    else if (!Number.isSafeInteger(Number(found))) {
      parts.push(text.slice(from, match.index), `"${found}"`);
      from = mark.lastIndex;
    }
  }
  return JSON.parse(parts.join("") + text.slice(from)) as RawObject;
}

/** Behind the quote that ends the string which begins at `start`. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text[escapes - 1] === "\\") escapes--;
    if ((end - escapes) % 2 === 0) return end + 1;
  }
}
