/**
 * Where and why a text is not JSON (RFC 8259). JSON.parse decides whether it is; its messages differ between
 * engines and mostly lack a position, so this second look is taken at texts it has refused.
 *
 * It can also find keys that appear twice in one object, which JSON.parse lets pass and the last one win.
 */

export interface JsonFault {
  /** Into the text, in UTF-16 units. */
  readonly offset: number;
  /** What is wrong there, without a final stop. */
  readonly reason: string;
}

type Expected = "value" | "value or close" | "key" | "key or close" | "colon" | "comma or close" | "end";

/** The first fault of a text, or undefined when it is JSON. Depth is limited by memory alone. */
export function findJsonFault(text: string, options: { readonly uniqueKeys?: boolean } = {}): JsonFault | undefined {
  // One entry for each open bracket: the keys so far of an object, undefined for a list.
  const open: (Set<string> | undefined)[] = [];
  let expected: Expected = "value";
  let at = 0;
  for (;;) {
    at = skipBlanks(text, at);
    const char = text[at];
    if (expected === "end" && char === undefined) return undefined;
    const wrong: JsonFault = {
      offset: at,
      reason: `expected ${nameOf(expected, open.at(-1))}, found ${shown(text, at)}`,
    };
    const closes = char === "}" ? open.at(-1) !== undefined : char === "]" && open.at(-1) === undefined;
    if (expected.endsWith("close") && open.length > 0 && closes) {
      open.pop();
      at++;
      expected = open.length === 0 ? "end" : "comma or close";
    } else if (expected === "comma or close") {
      if (char !== ",") return wrong;
      at++;
      expected = open.at(-1) === undefined ? "value" : "key";
    } else if (expected === "colon") {
      if (char !== ":") return wrong;
      at++;
      expected = "value";
    } else if (expected.startsWith("key")) {
      if (char !== '"') return wrong;
      const end = endOfString(text, at);
      if (typeof end !== "number") return end;
      const keys = open.at(-1);
      if (options.uniqueKeys === true && keys !== undefined) {
        const key = JSON.parse(text.slice(at, end)) as string;
        if (keys.has(key)) return { offset: at, reason: `the key ${JSON.stringify(key)} appears twice` };
        keys.add(key);
      }
      at = end;
      expected = "colon";
    } else if (expected.startsWith("value") && (char === "{" || char === "[")) {
      open.push(char === "{" ? new Set() : undefined);
      at++;
      expected = char === "{" ? "key or close" : "value or close";
    } else if (expected.startsWith("value")) {
      const end = char === '"' ? endOfString(text, at) : endOfScalar(text, at);
      if (end === undefined) return wrong;
      if (typeof end !== "number") return end;
      at = end;
      expected = open.length === 0 ? "end" : "comma or close";
    } else return wrong;
  }
}

/** Line and column of a place in a text, from 1; the column in UTF-16 units. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end >= 0 && end < offset; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

const names: Readonly<Record<Expected, string>> = {
  value: "a value",
  "value or close": 'a value or "]"',
  key: "a key in double quotes",
  "key or close": 'a key in double quotes or "}"',
  colon: '":"',
  "comma or close": '"," or ',
  end: "nothing more",
};

function nameOf(expected: Expected, inside: Set<string> | undefined): string {
  const close = inside === undefined ? '"]"' : '"}"';
  return expected === "comma or close" ? names[expected] + close : names[expected];
}

function shown(text: string, at: number): string {
  const token = /[A-Za-z_]\w{0,20}|./suy;
  token.lastIndex = at;
  const found = token.exec(text)?.[0];
  return found === undefined ? "the end" : JSON.stringify(found);
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
  }
  return at;
}

const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Behind a number or a literal; undefined when there is none, or only the beginning of something else. */
function endOfScalar(text: string, at: number): number | undefined {
  scalar.lastIndex = at;
  const found = scalar.exec(text)?.[0];
  if (found === undefined) return undefined;
  const end = at + found.length;
  return /[\w.+-]/.test(text[end] ?? "") ? undefined : end;
}

const escape = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;

/** Behind the closing quote. A loop, because a regular expression would need stack for long strings. */
function endOfString(text: string, start: number): number | JsonFault {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) {
      const what = code === 0x0a || code === 0x0d ? "a line end" : `the control character ${code}`;
      return { offset: at, reason: `${what} inside a string must be written as an escape` };
    }
    if (code !== 0x5c) continue;
    escape.lastIndex = at + 1;
    const found = escape.exec(text)?.[0];
    if (found === undefined) return { offset: at, reason: `unknown escape in a string: ${shown(text, at + 1)}` };
    at += found.length;
  }
  return { offset: start, reason: "this string is not closed" };
}
