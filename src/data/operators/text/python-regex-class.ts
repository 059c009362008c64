/** Escapes and classes in brackets of Python's regular expressions, written for JavaScript's `v` flag. */
import { pythonBlank } from "./python-strings.ts";

/** `regex` follows Unicode's recommendations (UTS 18); `re` asks `str.isalnum`. */
export type Flavour = "regex" | "re";

export type Refuse = (at: number, what: string) => never;

export interface ClassContext {
  readonly module: Flavour;
  /** Words, digits and blanks are those of ASCII. */
  readonly ascii: boolean;
  readonly refuse: Refuse;
}

export interface Written {
  readonly written: string;
  /** Characters of the source, in units. */
  readonly length: number;
}

/** What stands for \w, \d and \s inside of brackets. */
const shorthands: Readonly<Record<Flavour | "ascii", Readonly<Record<string, string>>>> = {
  regex: {
    w: String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200C\u200D`,
    d: String.raw`\p{Nd}`,
    s: String.raw`\p{White_Space}`,
  },
  re: { w: String.raw`\p{L}\p{N}_`, d: String.raw`\p{Nd}`, s: pythonBlank },
  ascii: { w: "A-Za-z0-9_", d: "0-9", s: String.raw`\t-\r\u0020` },
};

/** Classes of POSIX that the module `regex` knows and Unicode has a property for. */
const posixClasses: Readonly<Record<string, string>> = {
  alpha: String.raw`\p{Alphabetic}`,
  digit: "0-9",
  alnum: String.raw`\p{Alphabetic}0-9`,
  lower: String.raw`\p{Lowercase}`,
  upper: String.raw`\p{Uppercase}`,
  space: String.raw`\p{White_Space}`,
  xdigit: "0-9A-Fa-f",
};

const shorthand = (letter: string, { module, ascii }: ClassContext): string | undefined =>
  shorthands[ascii ? "ascii" : module][letter];

/** Either of `\b` and `\B`. */
function wordBoundary(context: ClassContext, inside: boolean): string {
  const word = shorthand("w", context);
  const [before, after] = [`(?<=[${word}])`, `(?=[${word}])`];
  const [notBefore, notAfter] = [`(?<![${word}])`, `(?![${word}])`];
  if (!inside) return `(?:${before}${notAfter}|${notBefore}${after})`;
  // The standard module finds no \\B in the empty text.
  const somewhere = context.module === "re" ? String.raw`(?:(?=[\s\S])|(?<=[\s\S]))` : "";
  return `${somewhere}(?:${before}${after}|${notBefore}${notAfter})`;
}

/** An escape outside of brackets; `at` is the place of the backslash. */
export function escapeSequence(source: string, at: number, context: ClassContext): Written {
  const letter = source[at + 1];
  if (letter === undefined) return context.refuse(at, "the backslash at the end escapes nothing.");
  const simple: Readonly<Record<string, string>> = {
    b: wordBoundary(context, false),
    B: wordBoundary(context, true),
    A: "^",
    Z: "$",
    ...(context.module === "regex" ? { z: "$" } : {}),
  };
  const known = simple[letter];
  if (known !== undefined) return { written: known, length: 2 };
  const reference = /^\\([1-9]\d?)/.exec(source.slice(at, at + 3));
  if (reference !== null && octal(source, at) === undefined) {
    return { written: `(?:\\${reference[1]})`, length: reference[0].length };
  }
  const atom = escapedAtom(source, at, context);
  return "code" in atom
    ? { written: literal(atom.code), length: atom.length }
    : { written: `[${atom.set}]`, length: atom.length };
}

/** One character, or a set of them as it is written inside of brackets. */
type Atom = { readonly length: number } & ({ readonly code: number } | { readonly set: string });

const controls: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

function escapedAtom(source: string, at: number, context: ClassContext): Atom {
  const letter = String.fromCodePoint(source.codePointAt(at + 1) ?? 0);
  const set = shorthand(letter.toLowerCase(), context);
  if (set !== undefined) return { set: letter === letter.toLowerCase() ? set : `[^${set}]`, length: 2 };
  const control = controls[letter];
  if (control !== undefined) return { code: control, length: 2 };
  const property = /^\\[pP](?:\{(\^?)([^}]*)\}|([A-Za-z]))/.exec(source.slice(at, at + 80));
  if (property !== null && context.module === "regex") {
    const [whole, inverted, long, short] = property;
    const name = propertyOf(long ?? short ?? "");
    if (name === undefined) return context.refuse(at, `there is no property ${whole}.`);
    const negative = (letter === "P") !== (inverted === "^");
    return { set: `\\${negative ? "P" : "p"}{${name}}`, length: whole.length };
  }
  const coded = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(source.slice(at, at + 10));
  if (coded !== null) {
    const code = Number.parseInt(coded[1] ?? coded[2] ?? coded[3] ?? "", 16);
    if (code > 0x10ffff) return context.refuse(at, `${coded[0]} is no character.`);
    return { code, length: coded[0].length };
  }
  const number = octal(source, at) ?? /^\\[0-7]{1,2}/.exec(source.slice(at, at + 3))?.[0];
  if (number !== undefined) return { code: Number.parseInt(number.slice(1), 8), length: number.length };
  if (/^[A-Za-z0-9]$/.test(letter)) return context.refuse(at, `\\${letter} is not supported.`);
  return { code: letter.codePointAt(0) as number, length: 1 + letter.length };
}

/** An octal number outside of brackets begins with a nought or has three digits: all else is a reference. */
const octal = (source: string, at: number): string | undefined =>
  /^\\(?:0[0-7]{0,2}|[1-3][0-7]{2})/.exec(source.slice(at, at + 4))?.[0];

/** A class in brackets; `at` is the place of the opening one. */
export function bracketClass(source: string, at: number, context: ClassContext): Written {
  const { refuse, module } = context;
  let end = at + 1;
  const negative = source[end] === "^";
  if (negative) end++;
  const first = end;
  const parts: string[] = [];
  const next = (): Atom => {
    const posix = module === "regex" ? /^\[:(\^?)(\w+):\]/.exec(source.slice(end, end + 20)) : null;
    if (posix !== null) {
      const set = posixClasses[posix[2] as string] ?? refuse(end, `${posix[0]} is not supported.`);
      return { set: posix[1] === "^" ? `[^${set}]` : set, length: posix[0].length };
    }
    if (source[end] === "\\") return escapedAtom(source, end, context);
    const code = source.codePointAt(end) as number;
    return { code, length: code > 0xffff ? 2 : 1 };
  };
  for (;;) {
    if (end >= source.length) return refuse(at, "this bracket is never closed.");
    // A bracket that closes at once is one of the characters.
    if (source[end] === "]" && end > first) break;
    const atom = next();
    end += atom.length;
    const isRange = source[end] === "-" && end + 1 < source.length && source[end + 1] !== "]";
    if (!isRange || !("code" in atom)) {
      parts.push("code" in atom ? literal(atom.code) : atom.set);
      if (isRange && module === "re") return refuse(end, "a class cannot begin a range.");
      continue;
    }
    end++;
    const last = next();
    end += last.length;
    if ("code" in last) parts.push(`${literal(atom.code)}-${literal(last.code)}`);
    else if (module === "re") return refuse(end, "a class cannot end a range.");
    else parts.push(literal(atom.code), String.raw`\-`, last.set);
  }
  return { written: `[${negative ? "^" : ""}${parts.join("")}]`, length: end + 1 - at };
}

/** A character so that it means itself, inside and outside of brackets. */
function literal(code: number): string {
  if (code < 0x20 || code === 0x7f || (code >= 0xd800 && code < 0xe000)) {
    return `\\u${code.toString(16).padStart(4, "0")}`;
  }
  const character = String.fromCodePoint(code);
  if (/^[\^$\\.*+?()[\]{}|/]$/.test(character)) return `\\${character}`;
  // Escapes of these are allowed in brackets alone, where two in a row mean something.
  if (/^[-&!#%,:;<=>@`~]$/.test(character)) return `\\x${code.toString(16)}`;
  return character;
}

/** Names of `regex` are read without regard to case, blanks and underscores, and may leave out what kind they are. */
function propertyOf(name: string): string | undefined {
  const [, kind = "", value = name] = /^(\w+)\s*[=:]\s*(.*)$/.exec(name) ?? [];
  const words = value.replace(/^is/i, "").split(/[\s_-]+/);
  const titled = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()).join("_");
  const values = [value, titled, titled.toUpperCase(), titled.toLowerCase()];
  const kinds = kind === "" ? ["", "Script="] : /^(?:sc|script)$/i.test(kind) ? ["Script="] : ["gc="];
  return kinds.flatMap((prefix) => values.map((one) => prefix + one)).find(isProperty);
}

function isProperty(name: string): boolean {
  try {
    return new RegExp(`\\p{${name}}`, "u").test("") || true;
  } catch {
    return false;
  }
}
