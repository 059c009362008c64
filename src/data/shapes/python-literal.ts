/**
 * Lists and objects written as Python prints them (`[{'role': 'user'}]`), as pandas leaves them in CSV cells.
 * The literals of Python's ast.literal_eval that JSON has a value for: no bytes, sets, complex numbers, prefixes
 * of strings, or joined neighbouring strings.
 */

const DEPTH_LIMIT = 64;

const words: ReadonlyMap<string, unknown> = new Map([
  ["None", null],
  ["True", true],
  ["False", false],
  ["null", null],
  ["true", true],
  ["false", false],
  ["nan", null],
]);

const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
  ["a", "\u0007"],
  ["0", "\0"],
  ["\n", ""],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);

/** The value of a Python literal, or undefined when the text is none. */
export function parsePythonLiteral(text: string): unknown {
  const state = { broken: false };
  let at = 0;
  const stop = (): undefined => {
    state.broken = true;
    return undefined;
  };
  const space = (): void => {
    while (at < text.length && /\s/.test(text[at] as string)) at++;
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };

  const readString = (quote: string): string | undefined => {
    let value = "";
    at++;
    for (;;) {
      const plain = match(quote === "'" ? /[^'\\\n]*/y : /[^"\\\n]*/y) ?? "";
      value += plain;
      const next = text[at];
      if (next === quote) {
        at++;
        return value;
      }
      if (next !== "\\") return stop();
      const hex = match(/\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U00(?:0[\da-fA-F]|10)[\da-fA-F]{4})/y);
      if (hex === undefined) {
        const letter = text[at + 1] ?? "";
        // Python keeps the backslash of an escape that it does not know.
        value += escapes.get(letter) ?? `\\${letter}`;
        at += 2;
      } else value += String.fromCodePoint(Number.parseInt(hex.slice(2), 16));
    }
  };

  const readItems = <T>(close: string, item: () => T): T[] => {
    const items: T[] = [];
    at++;
    for (space(); text[at] !== close && !state.broken; space()) {
      items.push(item());
      space();
      if (text[at] === ",") at++;
      else if (text[at] !== close) stop();
    }
    at++;
    return items;
  };

  const readValue = (depth: number): unknown => {
    space();
    const first = text[at];
    if (depth > DEPTH_LIMIT || first === undefined) return stop();
    if (first === "'" || first === '"') return readString(first);
    if (first === "[" || first === "(") return readItems(first === "[" ? "]" : ")", () => readValue(depth + 1));
    if (first === "{") {
      const entries = readItems("}", (): [string, unknown] => {
        const key = readValue(depth + 1);
        space();
        if (text[at] !== ":" || typeof key !== "string") stop();
        at++;
        return [String(key), readValue(depth + 1)];
      });
      return Object.fromEntries(entries);
    }
    const number = match(/[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y);
    if (number !== undefined) return Number(number);
    const word = match(/[A-Za-z]+/y);
    return word !== undefined && words.has(word) ? words.get(word) : stop();
  };

  const value = readValue(0);
  space();
  return state.broken || at < text.length ? undefined : value;
}
