/**
 * Templates such as "Question: {query}", as Python's `str.format` reads them: columns in braces, `{{` and `}}` for
 * braces. Format specifications, conversions, positions and what is inside of a column are left out.
 */
import { fail } from "../../../base/errors.ts";
import { show } from "../../shapes/shape.ts";
import type { Sample } from "../sample.ts";

export interface Template {
  /** Columns that it names, in order. */
  readonly columns: readonly string[];
  /** Fills it. @throws what `valueOf` throws */
  readonly fill: (valueOf: (column: string) => string) => string;
}

/** @throws E_DATA_OPERATOR */
export function parseTemplate(source: string, where: string): Template {
  const parts: (string | { readonly column: string })[] = [];
  let at = 0;
  for (const match of source.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
    const [found, column] = match;
    parts.push(source.slice(at, match.index));
    at = match.index + found.length;
    if (found === "{{" || found === "}}") parts.push(found.charAt(0));
    else if (column !== undefined && /^[A-Za-z_]\w*$/.test(column)) parts.push({ column });
    else {
      fail("E_DATA_OPERATOR", {
        where: `${where}, column ${match.index + 1}`,
        what: `${JSON.stringify(found)} names no column.`,
        fix: "Write columns in braces, such as {query}; {{ and }} stand for braces.",
      });
    }
  }
  parts.push(source.slice(at));
  return {
    columns: parts.flatMap((part) => (typeof part === "string" ? [] : [part.column])),
    fill: (valueOf) => parts.map((part) => (typeof part === "string" ? part : valueOf(part.column))).join(""),
  };
}

/**
 * A value of a row as Python writes it into a template. `{text}` is also the text under `textKey`, whatever the column
 * of the text is called. @throws E_DATA_ROW when the column is missing, a list or an object
 */
export function templateValue(sample: Sample, column: string, textKey: string): string {
  const value = sample.row[column];
  if (typeof value === "string") return value;
  if (value === undefined && (column === "text" || column === textKey)) return sample.text(textKey);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null) return "None";
  return fail("E_DATA_ROW", {
    where: `${sample.origin}: ${column}`,
    what: value === undefined ? `there is no column ${column} for the template.` : `${column} is ${show(value)}.`,
    fix: "Correct the row, or name other columns in the template.",
  });
}
