/** A function call as data, and its JSON text in the spacing that models were trained on. */
import { fail } from "../base/errors.ts";
import { keysOf, numberText, parseJson } from "../formats/json-text.ts";

export interface ToolCall {
  /** What its result names. */
  readonly id?: string;
  readonly name: string;
  readonly arguments: unknown;
}

/**
 * JSON as Python's json.dumps writes what json.loads read: a space after `,` and `:`, numbers in Python's form (1.0,
 * whole numbers of any length), keys in the order of the text.
 */
export function pythonJson(value: unknown): string {
  if (typeof value === "number") return pythonNumber(String(value));
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const item = (key: string | number): string => {
    const text = numberText(value, key);
    return text === undefined
      ? pythonJson((value as Readonly<Record<string | number, unknown>>)[key])
      : pythonNumber(text);
  };
  if (Array.isArray(value)) return `[${value.map((_, i) => item(i)).join(", ")}]`;
  const keys = keysOf(value).filter((key) => (value as Readonly<Record<string, unknown>>)[key] !== undefined);
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${item(key)}`).join(", ")}}`;
}

/** The text of a number in JSON as Python writes it again: whole ones digit by digit, others as repr(float). */
export function pythonNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return String(BigInt(text));
  const number = Number(text);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "Infinity" : "-Infinity";
  if (number === 0) return Object.is(number, -0) ? "-0.0" : "0.0";
  const [mantissa = "", exponent = "0"] = number.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const digits = mantissa.replace(/[-.]/g, "");
  const plain =
    power < 0
      ? `0.${"0".repeat(-power - 1)}${digits}`
      : `${digits.slice(0, power + 1).padEnd(power + 1, "0")}.${digits.slice(power + 1) || "0"}`;
  return number < 0 ? `-${plain}` : plain;
}

export interface CallText {
  readonly call: ToolCall;
  /** Keys beside name and arguments. */
  readonly unread: readonly string[];
}

const callKeys: ReadonlySet<string> = new Set(["name", "arguments", "parameters", "id", "type"]);

/**
 * Reads `{"name", "arguments"}` (or "parameters"); undefined when the text is not a call. Arguments that are missing,
 * null or an empty text are none.
 */
export function parseCallText(text: string): CallText | undefined {
  const value = parse(text);
  if (typeof value !== "object" || value === null) return undefined;
  const { name, arguments: given, parameters, id } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== "string" || name === "") return undefined;
  const raw = given ?? parameters ?? {};
  const args = typeof raw !== "string" ? raw : raw.trim() === "" ? {} : parse(raw);
  if (args === undefined) return undefined;
  const call = { name, arguments: args ?? {}, ...(typeof id === "string" && id !== "" ? { id } : {}) };
  return { call, unread: Object.keys(value).filter((key) => !callKeys.has(key)) };
}

/** As {@link parseCallText}, the call alone. */
export function parseCall(text: string): ToolCall | undefined {
  return parseCallText(text)?.call;
}

function parse(text: string): unknown {
  try {
    return parseJson(text);
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
