/** A function call as data, and its JSON text in the spacing that models were trained on. */
import { fail } from "../base/errors.ts";

export interface ToolCall {
  readonly name: string;
  readonly arguments: unknown;
}

/** JSON with a space after `,` and `:`, as Python's json.dumps writes it and as published templates hold it. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}: ${pythonJson(item)}`).join(", ")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** Reads `{"name", "arguments"}` (or "parameters"); undefined when the text is not a call. */
export function parseCall(text: string): ToolCall | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { name, arguments: given, parameters } = value as Readonly<Record<string, unknown>>;
  const raw = given ?? parameters;
  if (typeof name !== "string" || raw === undefined) return undefined;
  if (typeof raw !== "string") return { name, arguments: raw };
  try {
    return { name, arguments: JSON.parse(raw) as unknown };
  } catch {
    return undefined;
  }
}

/** As {@link parseCall}, for a `tool_call` message. Throws E_TEXT_MESSAGES. */
export function readCall(content: string, where: string): ToolCall {
  return (
    parseCall(content) ??
    fail("E_TEXT_MESSAGES", {
      where,
      what: `A tool_call message must hold JSON with name and arguments; found ${JSON.stringify(content.slice(0, 120))}.`,
    })
  );
}
