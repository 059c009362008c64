/** What a shape of rows is: how it is recognised, and how its rows become messages. */
import type { Message } from "../../text/message.ts";

export type RawObject = Readonly<Record<string, unknown>>;

/** A message before validation: roles and types are checked for all shapes in one place. */
export interface DraftMessage {
  readonly role: unknown;
  readonly content: unknown;
  readonly loss?: unknown;
  readonly loss_scale?: unknown;
  /** Where it stood in the row, for errors: `conversations[3].value`. */
  readonly field: string;
}

export interface Shape {
  readonly name: string;
  readonly matches: (row: RawObject) => boolean;
  readonly draft: (row: RawObject) => readonly DraftMessage[];
  /** Keys that the shape consumed; others are kept as extra columns. */
  readonly keys: readonly string[];
}

/** Thrown inside shapes and validation; becomes E_DATA_ROW with the file and line. */
export interface RowProblem {
  readonly field: string;
  readonly what: string;
  readonly fix: string;
}

export type ReadMessages = { readonly messages: readonly Message[] } | { readonly problem: RowProblem };

export function isObject(value: unknown): value is RawObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list, also when a CSV cell holds it as JSON text. */
export function asList(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as readonly unknown[];
  if (typeof value !== "string" || !value.trimStart().startsWith("[")) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? (parsed as readonly unknown[]) : undefined;
  } catch {
    return undefined;
  }
}

/** A system message first, when there is one. */
export function systemDraft(row: RawObject): readonly DraftMessage[] {
  const key = ["system", "system_prompt"].find((name) => typeof row[name] === "string" && row[name] !== "");
  return key === undefined ? [] : [{ role: "system", content: row[key], field: key }];
}
