/** What a shape of rows is: how it is recognised, and how its rows become messages, not yet checked. */
import { parseJson } from "../../formats/json-text.ts";
import { parsePythonLiteral } from "./python-literal.ts";

export type RawObject = Readonly<Record<string, unknown>>;

/**
 * What rows are for: `sft` wants an assistant message at the end, `pt` any text, `infer` a prompt (an assistant
 * message at the end is then the reference, not the prompt).
 */
export type Purpose = "sft" | "pt" | "infer";

/** What is wrong with a row. */
export interface RowProblem {
  /** Where in the row, as the row names it: `conversations[3].from`; empty for the row as a whole. */
  readonly field: string;
  /** The kind of mistake without the offending value, so that rows with the same one are counted together. */
  readonly reason: string;
  /** What was found and what is wanted, one sentence. */
  readonly what: string;
  /** What to do, one sentence. */
  readonly fix: string;
}

export type MediaKind = "images" | "videos" | "audios";

/** A picture, film or sound inside a message; its place in the text is held by a tag. */
export interface Media {
  readonly kind: MediaKind;
  /** Path, address or data URI. */
  readonly source: unknown;
}

/** A message before validation: roles and types are checked for all shapes in one place. */
export interface DraftMessage {
  readonly role: unknown;
  readonly content: unknown;
  readonly loss?: unknown;
  readonly loss_scale?: unknown;
  /** The key that `loss` was written as: loss, train or weight. */
  readonly lossKey?: string;
  readonly id?: unknown;
  readonly tool_call_id?: unknown;
  readonly name?: unknown;
  /** Keys for the chat template. */
  readonly extra?: RawObject;
  /** Where keys stand that nothing reads. */
  readonly unread?: readonly string[];
  readonly media?: readonly Media[];
  /** Where role and content stood in the row, for errors. */
  readonly roleAt: string;
  readonly contentAt: string;
}

export interface Shape {
  readonly name: string;
  readonly matches: (row: RawObject) => boolean;
  readonly draft: (row: RawObject, purpose: Purpose) => readonly DraftMessage[] | RowProblem;
  /** Columns that the shape consumes. */
  readonly keys: readonly string[];
}

export function isProblem(value: object): value is RowProblem {
  return "reason" in value && "fix" in value;
}

export function isObject(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** A list, also when a CSV cell holds it as the text of one in JSON or Python. */
export function asList(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (typeof value !== "string" || !/^\s*[[(]/.test(value)) return undefined;
  const parsed = parseText(value);
  return Array.isArray(parsed) ? (parsed as readonly unknown[]) : undefined;
}

/** An object, also as the text of one. */
export function asObject(value: unknown): RawObject | undefined {
  if (isObject(value)) return value;
  if (typeof value !== "string" || !/^\s*\{/.test(value)) return undefined;
  const parsed = parseText(value);
  return isObject(parsed) ? parsed : undefined;
}

function parseText(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return parsePythonLiteral(text);
  }
}

/** The first of some columns that the row has. */
export function firstKey(row: RawObject, keys: readonly string[]): string | undefined {
  return keys.find((key) => row[key] !== undefined && row[key] !== null);
}

export const systemKeys = ["system", "system_prompt"] as const;

/** A system message first, when there is one. An empty one counts as none. */
export function systemDraft(row: RawObject): readonly DraftMessage[] {
  const key = systemKeys.find((name) => row[name] !== undefined && row[name] !== null && row[name] !== "");
  return key === undefined ? [] : [{ role: "system", content: row[key], roleAt: key, contentAt: key }];
}

/** A value as it stands in an error: short, on one line. */
export function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Columns of a row, for errors. */
export function columnsOf(row: RawObject): string {
  const names = Object.keys(row);
  const more = names.length > 12 ? ` and ${names.length - 12} more` : "";
  return names.length === 0 ? "(none)" : `${names.slice(0, 12).join(", ")}${more}`;
}

/** A mapping of columns as an example: of a text column that no name is known for, when there is one. */
export function exampleMapping(row: RawObject, used: readonly string[], to: string): string {
  const free = Object.keys(row).find((key) => !used.includes(key) && typeof row[key] === "string" && row[key] !== "");
  const advice =
    free === undefined ? "Name the column that holds it, as in" : "If it is in another column, name that, as in";
  return `${advice} --columns '${JSON.stringify({ [free ?? "answer1"]: to })}'.`;
}
