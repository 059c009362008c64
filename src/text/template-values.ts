/**
 * Values as a chat template sees them: those of a row keep the digits of their numbers and the order of their keys,
 * and `tojson` writes them as json.dumps does in transformers (1.0 stays 1.0, whole numbers have any length).
 */
import { Environment, Interpreter } from "@huggingface/jinja";
import { keysOf, numberText } from "../formats/json-text.ts";
import { pythonNumber } from "./tool-call.ts";

/** A value of the library; its classes are not exported, so that they are taken from values it made. */
export interface RuntimeValue {
  readonly type: string;
  readonly value: unknown;
}

type Make = new (value: unknown) => RuntimeValue;

/** Characters of JSON that one filter may write; a list may hold itself many times over. */
const JSON_LIMIT = 1 << 24;

const classOf = (value: unknown): Make =>
  (new Environment().set("value", value) as unknown as { constructor: Make }).constructor;

export const [IntegerValue, ListValue, ObjectValue, FunctionValue] = [1, [], {}, () => 1].map(classOf) as [
  Make,
  Make,
  Make,
  Make,
];
const FloatValue = classOf(0.5);
export const TupleValue = (
  new Interpreter(new Environment()).evaluate(
    { type: "TupleLiteral", value: [] } as unknown as Parameters<Interpreter["evaluate"]>[0],
    new Environment(),
  ) as unknown as { constructor: Make }
).constructor;

/** Digits of numbers that JavaScript writes in another way than Python. */
const texts = new WeakMap<RuntimeValue, string>();

/** Gives a template a variable; `digits` is how a number was written, where JavaScript would write it in another way. */
export function setVariable(environment: Environment, name: string, value: unknown, digits?: string): void {
  if (digits === undefined && (typeof value !== "object" || value === null)) return void environment.set(name, value);
  const runtime = digits === undefined ? toRuntime(value) : numberValue(digits);
  environment.declareVariable(name, runtime as Parameters<Environment["declareVariable"]>[1]);
}

function toRuntime(value: unknown): RuntimeValue {
  if (typeof value === "number") return numberValue(String(value));
  if (typeof value !== "object" || value === null) {
    return new Environment().set("value", value) as unknown as RuntimeValue;
  }
  const item = (key: string | number): RuntimeValue => {
    const text = numberText(value, key);
    return text === undefined
      ? toRuntime((value as Readonly<Record<string | number, unknown>>)[key])
      : numberValue(text);
  };
  if (Array.isArray(value)) return new ListValue(value.map((_, i) => item(i)));
  return new ObjectValue(new Map(keysOf(value).map((key) => [key, item(key)])));
}

function numberValue(text: string): RuntimeValue {
  const value = new (/^-?\d+$/.test(text) ? IntegerValue : FloatValue)(Number(text));
  const written = pythonNumber(text);
  texts.set(value, written);
  return Object.assign(value, { toString: () => written });
}

/** The digits of a number where JavaScript would write it in another way. */
export const textOfNumber = (value: RuntimeValue): string | undefined => texts.get(value);

export interface JsonForm {
  readonly indent?: number | undefined;
  readonly separators?: readonly [item: string, key: string] | undefined;
  readonly sortKeys?: boolean;
  readonly ensureAscii?: boolean;
}

/** json.dumps of a template's value. @throws Error for what is no JSON, RangeError for more than JSON_LIMIT characters */
export function dumpJson(value: RuntimeValue, form: JsonForm = {}): string {
  return dump(value, form, { left: JSON_LIMIT }, 0);
}

function dump(value: RuntimeValue, form: JsonForm, room: { left: number }, depth: number): string {
  room.left -= typeof value.value === "string" ? value.value.length + 2 : 2;
  if (room.left < 0) throw new RangeError(`tojson would write more than ${JSON_LIMIT} characters`);
  const { indent, sortKeys = false, separators = [indent === undefined ? ", " : ",", ": "] } = form;
  const string = (text: string): string =>
    form.ensureAscii === true ? ascii(JSON.stringify(text)) : JSON.stringify(text);
  const wrap = (open: string, items: readonly string[], close: string): string => {
    if (items.length === 0 || indent === undefined) return open + items.join(separators[0]) + close;
    const line = `\n${" ".repeat(indent * (depth + 1))}`;
    return `${open}${line}${items.join(separators[0] + line)}\n${" ".repeat(indent * depth)}${close}`;
  };
  switch (value.type) {
    case "NullValue":
    case "UndefinedValue":
      return "null";
    case "BooleanValue":
      return String(value.value);
    case "IntegerValue":
      return texts.get(value) ?? pythonNumber(String(BigInt(value.value as number)));
    case "FloatValue":
      return texts.get(value) ?? floatText(value.value as number);
    case "StringValue":
      return string(value.value as string);
    case "ArrayValue":
    case "TupleValue": {
      const items = (value.value as readonly RuntimeValue[]).map((item) => dump(item, form, room, depth + 1));
      return wrap("[", items, "]");
    }
    case "ObjectValue":
    case "KeywordArgumentsValue":
    case "NamespaceValue": {
      const entries = [...(value.value as ReadonlyMap<string, RuntimeValue>)];
      if (sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      const items = entries.map(([key, item]) => `${string(key)}${separators[1]}${dump(item, form, room, depth + 1)}`);
      return wrap("{", items, "}");
    }
    default:
      throw new Error(`Cannot convert to JSON: ${value.type}`);
  }
}

export const floatText = (value: number): string =>
  pythonNumber(Number.isInteger(value) ? value.toExponential() : String(value));

const ascii = (json: string): string =>
  json.replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
