/** Rows and texts cut to what a person reads at a glance. */
import { listKeys } from "../shapes/messages.ts";
import { isObject, type RawObject } from "../shapes/shape.ts";

/** A text of a row with what stands over it: a column's name, or the role of a message. */
export interface RowPart {
  readonly label: string;
  readonly text: string;
}

/** The start of a text, or its two ends, in at most `most` characters. */
export function excerptOf(given: string, most: number): string {
  const text = given.trim();
  if (text.length <= most) return text;
  const head = Math.ceil(most * 0.7);
  return `${whole(text.slice(0, head))} … ${whole(text.slice(text.length - (most - head)))}`;
}

/** Without the half of a character that a cut may have left at an end. */
const whole = (text: string): string => text.replace(/^[\uDC00-\uDFFF]/, "").replace(/[\uD800-\uDBFF]$/, "");

const PARTS = 10;
const PART_CHARACTERS = 700;

/** Columns with their values, cut; messages of a conversation one by one. */
export const showRow = (row: RawObject): readonly RowPart[] =>
  partsOf(row)
    .filter(({ text }) => text !== "")
    .slice(0, PARTS)
    .map(({ label, text }) => ({ label, text: excerptOf(text, PART_CHARACTERS) }));

/** The same, whole. */
export function partsOf(row: RawObject): readonly RowPart[] {
  const parts: RowPart[] = [];
  for (const [name, value] of Object.entries(row)) {
    const messages = (listKeys as readonly string[]).includes(name) && Array.isArray(value) ? value : undefined;
    if (messages?.every(isObject) === true) parts.push(...messages.map(showMessage));
    else parts.push({ label: name, text: value === null ? "" : textOf(value) });
  }
  return parts;
}

function showMessage(message: RawObject): RowPart {
  const { role, from, content, value } = message;
  return { label: String(role ?? from ?? "message"), text: textOf(content ?? value ?? message) };
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
