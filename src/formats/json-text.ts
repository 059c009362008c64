/**
 * JSON that is written as it was read: numbers keep their digits (1.0, whole numbers beyond 2^53) and objects the order
 * of their keys, which JavaScript changes for keys that look like whole numbers.
 *
 * What is read are plain values, as JSON.parse gives them. Where text and value differ, the object or list remembers
 * the text under a symbol, which spreading copies and nothing else sees; a number that was replaced since is written
 * as it is now. As in Python, nothing may be nested over a thousand levels deep: what walks over values has a stack.
 */

/** How deep lists and objects may be nested. */
export const DEPTH_LIMIT = 1000;

const WRITTEN: unique symbol = Symbol("as it was written");

interface Written {
  /** All keys in the order of the text, where JavaScript has another one. */
  readonly keys?: readonly string[];
  /** Numbers whose text is not what JavaScript writes, by key or index. */
  readonly numbers: ReadonlyMap<string, readonly [value: number, text: string]>;
}

type Container = object & { [WRITTEN]?: Written };

/** Whatever may be a number that JavaScript writes in another way, or a key that it moves. */
const unusual = /[\d.]{16}|\d[eE]|\d\.\d*0(?!\d)|-0|0\.000|"\d+"\s*:/;

/** Whether a text of JSON may hold what JavaScript would write in another way. */
export const mayDiffer = (text: string): boolean => unusual.test(text);

/** @throws SyntaxError as JSON.parse; RangeError for what is nested too deep */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (isTooDeep(text)) throw new RangeError(`nested over ${DEPTH_LIMIT} levels deep`);
  if (typeof value === "object" && value !== null && unusual.test(text)) remember(text, value);
  return value;
}

/** Whether a text that is JSON is nested deeper than the limit. */
export function isTooDeep(text: string): boolean {
  // Few texts have so many brackets that close.
  let closed = 0;
  for (const bracket of ["]", "}"]) {
    for (let at = text.indexOf(bracket); at >= 0 && closed <= DEPTH_LIMIT; at = text.indexOf(bracket, at + 1)) closed++;
  }
  if (closed <= DEPTH_LIMIT) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = stringEnd(text, at) - 1;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > DEPTH_LIMIT) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}

interface Frame {
  readonly value: Container;
  readonly isList: boolean;
  readonly keys: string[];
  readonly numbers: Map<string, readonly [number, string]>;
  /** Of the item that is being read. */
  key: string;
}

const mark = /[{}[\]:,"]|-?\d[\d.eE+-]*/g;

function remember(text: string, root: object): void {
  const frames: Frame[] = [];
  const enter = (isList: boolean): void => {
    const top = frames.at(-1);
    const inner: unknown = top === undefined ? root : (top.value as Readonly<Record<string, unknown>>)[top.key];
    // Of a key that is written twice the last value counts; the first may be of another kind.
    const fits = typeof inner === "object" && inner !== null && Array.isArray(inner) === isList;
    frames.push({
      value: fits ? inner : {},
      isList,
      keys: [],
      numbers: new Map(),
      key: isList ? "0" : "",
    });
  };
  const leave = (): void => {
    const { value, keys, numbers } = frames.pop() as Frame;
    const order = keys.some(isIndex) ? [...new Set(keys)] : [];
    const now = Object.keys(value);
    const moved = order.some((key, i) => key !== now[i]);
    delete value[WRITTEN];
    if (moved || numbers.size > 0) setWritten(value, { numbers, ...(moved ? { keys: order } : {}) });
  };
  mark.lastIndex = 0;
  let wantsKey = false;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    const [token] = found;
    const top = frames.at(-1);
    if (token === '"') {
      const end = stringEnd(text, found.index);
      if (wantsKey && top !== undefined) {
        top.key = JSON.parse(text.slice(found.index, end)) as string;
        top.keys.push(top.key);
        top.numbers.delete(top.key);
        wantsKey = false;
      }
      mark.lastIndex = end;
    } else if (token === "{" || token === "[") {
      enter(token === "[");
      wantsKey = token === "{";
    } else if (token === "}" || token === "]") {
      leave();
      wantsKey = false;
    } else if (token === ",") {
      if (top?.isList === true) top.key = String(Number(top.key) + 1);
      else wantsKey = true;
    } else if (token !== ":" && top !== undefined && String(Number(token)) !== token) {
      top.numbers.set(top.key, [Number(token), token]);
    }
  }
}

function setWritten(value: Container, written: Written): void {
  // Enumerable, so that { ...value } has it; JSON.stringify, Object.keys and for-in pass symbols over.
  value[WRITTEN] = written;
}

/** A key that JavaScript puts before all others. */
const isIndex = (key: string): boolean => /^(?:0|[1-9]\d{0,9})$/.test(key);

/** Behind the quote that ends the string which begins at `start`. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text[escapes - 1] === "\\") escapes--;
    if ((end - escapes) % 2 === 0) return end + 1;
  }
  return text.length;
}

/** Keys of an object in the order in which they were written, those that came since behind them. */
export function keysOf(value: object): readonly string[] {
  const keys = Object.keys(value);
  const order = (value as Container)[WRITTEN]?.keys;
  if (order === undefined) return keys;
  const kept = keys.filter((key) => !isIndex(key) || !order.includes(key));
  for (const [i, key] of order.entries()) {
    if (!isIndex(key) || !Object.hasOwn(value, key)) continue;
    // Behind the nearest of its neighbours that is still there.
    const before = order.slice(0, i).findLast((one) => kept.includes(one));
    kept.splice(before === undefined ? 0 : kept.indexOf(before) + 1, 0, key);
  }
  return kept;
}

/** The text that a number was written as, where JavaScript would write another. */
export function numberText(holder: object, key: string | number): string | undefined {
  const known = (holder as Container)[WRITTEN]?.numbers.get(String(key));
  return known !== undefined && Object.is(known[0], (holder as Readonly<Record<string, unknown>>)[key])
    ? known[1]
    : undefined;
}

/** Keeps texts of numbers, and the order of keys, for an object with the values of another under names of its own. */
export function keepTexts(from: object, to: object, nameOf: (key: string) => string | undefined): void {
  const written = (from as Container)[WRITTEN];
  if (written === undefined) return;
  const numbers = [...written.numbers].flatMap(([key, number]) => {
    const name = nameOf(key);
    return name === undefined ? [] : [[name, number] as const];
  });
  const keys = written.keys?.flatMap((key) => nameOf(key) ?? []);
  setWritten(to, { numbers: new Map(numbers), ...(keys === undefined ? {} : { keys }) });
}

export interface WriteJsonOptions {
  /** Blanks of each level, every value on a line of its own; default: all on one line. */
  readonly indent?: number;
}

/** As JSON.stringify writes it, with the digits and the order that were read. */
export function writeJson(value: unknown, { indent = 0 }: WriteJsonOptions = {}): string {
  return remembers(value) ? write(value, " ".repeat(indent), "") : (JSON.stringify(value, null, indent) ?? "null");
}

function remembers(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if ((value as Container)[WRITTEN] !== undefined) return true;
  return Array.isArray(value) ? value.some(remembers) : Object.values(value).some(remembers);
}

function write(value: unknown, step: string, margin: string): string {
  if (typeof value !== "object" || value === null || "toJSON" in value) return JSON.stringify(value) ?? "null";
  const item = (key: string | number): string =>
    numberText(value, key) ?? write((value as Readonly<Record<string | number, unknown>>)[key], step, margin + step);
  const join = (open: string, parts: readonly string[], close: string): string => {
    if (step === "" || parts.length === 0) return `${open}${parts.join(",")}${close}`;
    return `${open}\n${parts.map((part) => `${margin}${step}${part}`).join(",\n")}\n${margin}${close}`;
  };
  if (Array.isArray(value)) {
    return join(
      "[",
      value.map((_, i) => item(i)),
      "]",
    );
  }
  const keys = keysOf(value).filter((key) => (value as Readonly<Record<string, unknown>>)[key] !== undefined);
  const colon = step === "" ? ":" : ": ";
  return join(
    "{",
    keys.map((key) => `${JSON.stringify(key)}${colon}${item(key)}`),
    "}",
  );
}
