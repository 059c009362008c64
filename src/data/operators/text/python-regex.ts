/**
 * Regular expressions as Python's `re` and `regex` write them, as those of JavaScript with the `u` flag: named groups,
 * flags in front, anchors, Unicode's words, digits and blanks, escapes that `u` refuses. What JavaScript cannot do
 * (possessive quantifiers, atomic groups, conditions) is refused with its place.
 */
import { fail } from "../../../base/errors.ts";
import { pythonBlank } from "./python-strings.ts";

const LONGEST = 10_000;

const WORD = String.raw`\p{L}\p{N}\p{M}\p{Pc}`;
const DIGIT = String.raw`\p{Nd}`;

/** What a class escape stands for, inside of brackets. */
const classes: Readonly<Record<string, string>> = { w: WORD, d: DIGIT, s: pythonBlank };

export interface PatternOptions {
  /** Operator and argument, for errors. */
  readonly where: string;
  /** Flags of the call, in Python's letters: s, i, m. */
  readonly flags?: string;
}

/** Always global. @throws E_DATA_OPERATOR */
export function patternOf(source: string, { where, flags = "" }: PatternOptions): RegExp {
  const bare = unquoted(source);
  const refuse = (at: number, what: string): never =>
    fail("E_DATA_OPERATOR", {
      where: `${where}, character ${at + 1}`,
      what,
      fix: "Write the regular expression without it.",
    });
  if (bare.length > LONGEST) refuse(LONGEST, `the regular expression is longer than ${LONGEST} characters.`);
  const { text, flags: inner } = translate(bare, flags, refuse);
  const letters = new Set(["g", "u", ...inner]);
  try {
    return new RegExp(text, [...letters].join(""));
  } catch (cause) {
    return fail("E_DATA_OPERATOR", {
      where,
      what: `the regular expression ${JSON.stringify(bare)} cannot be understood: ${(cause as Error).message.replace(/^.*: /, "")}.`,
      fix: "Correct the regular expression.",
      cause,
    });
  }
}

/** Data-Juicer takes r'...' in a YAML text for the raw string that it would be in Python. */
const unquoted = (source: string): string => (/^r'.*'$|^r".*"$/s.test(source) ? source.slice(2, -1) : source);

const isAsciiLetter = (character: string): boolean => /^[A-Za-z0-9]$/.test(character);

function translate(
  source: string,
  given: string,
  refuse: (at: number, what: string) => never,
): { readonly text: string; readonly flags: readonly string[] } {
  const leading = /^\(\?([aiLmsux]+)\)/.exec(source);
  const letters = new Set([...given, ...(leading?.[1] ?? "")]);
  if (letters.has("x") || letters.has("a") || letters.has("L")) refuse(0, "the flags a, L and x are not supported.");
  const multiline = letters.has("m");
  let text = "";
  let at = leading?.[0].length ?? 0;
  let inClass = false;
  while (at < source.length) {
    const character = source[at] as string;
    const rest = source.slice(at);
    if (character === "\\") {
      const next = source[at + 1];
      if (next === undefined) return refuse(at, "the backslash at the end escapes nothing.");
      const { written, length } = escape(rest, inClass, (what) => refuse(at, what));
      text += written;
      at += length;
      continue;
    }
    if (inClass) {
      if (character === "[") text += String.raw`\[`;
      else text += character;
      if (character === "]") inClass = false;
      at++;
      continue;
    }
    if (character === "[") {
      // A bracket that closes at once is one of the characters.
      const [open = "["] = /^\[\^?/.exec(rest) ?? [];
      text += open;
      at += open.length;
      inClass = true;
      if (source[at] === "]") {
        text += String.raw`\]`;
        at++;
      }
      continue;
    }
    if (rest.startsWith("(?")) {
      const { written, length } = group(rest, (what) => refuse(at, what));
      text += written;
      at += length;
      continue;
    }
    if (character === "$") text += multiline ? String.raw`(?=\n|(?![^]))` : String.raw`(?=\n?(?![^]))`;
    else if (character === "^") text += multiline ? String.raw`(?<=\n|(?<![^]))` : "^";
    else if (character === "." && !letters.has("s")) text += String.raw`[^\n]`;
    else if (character === "{" && !/^\{\d*(,\d*)?\}/.test(rest)) text += String.raw`\{`;
    else if (rest.startsWith("{,")) {
      text += "{0,";
      at++;
    } else if (character === "}" && !/\{\d*,?\d*$/.test(text)) text += String.raw`\}`;
    else if (character === "]") text += String.raw`\]`;
    else if (/^[*+?}]\+/.test(rest) && !text.endsWith("\\"))
      return refuse(at, "possessive quantifiers are not supported.");
    else text += character;
    at++;
  }
  const flags = [...(letters.has("i") ? ["i"] : []), ...(letters.has("s") ? ["s"] : [])];
  return { text, flags };
}

function group(rest: string, refuse: (what: string) => never): { readonly written: string; readonly length: number } {
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
  if (named !== null) return { written: `(?<${named[1]}>`, length: named[0].length };
  const reference = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest);
  if (reference !== null) return { written: String.raw`\k<${reference[1]}>`, length: reference[0].length };
  const comment = /^\(\?#[^)]*\)/.exec(rest);
  if (comment !== null) return { written: "", length: comment[0].length };
  const plain = /^\(\?(?::|=|!|<=|<!)/.exec(rest);
  if (plain !== null) return { written: plain[0], length: plain[0].length };
  if (rest.startsWith("(?>")) return refuse("atomic groups are not supported.");
  if (rest.startsWith("(?(")) return refuse("conditions are not supported.");
  return refuse(`${rest.slice(0, 4)} is not supported; flags may stand at the start of the whole.`);
}

function escape(
  rest: string,
  inClass: boolean,
  refuse: (what: string) => never,
): { readonly written: string; readonly length: number } {
  const letter = rest[1] as string;
  const lower = letter.toLowerCase();
  const known = classes[lower];
  if (known !== undefined) {
    if (letter === lower) return { written: inClass ? known : `[${known}]`, length: 2 };
    if (!inClass) return { written: `[^${known}]`, length: 2 };
    // Inside of brackets a class cannot be negated but for what Unicode has a name for.
    const negated = { W: String.raw`\W`, D: String.raw`\P{Nd}`, S: String.raw`\S` }[letter];
    return { written: negated ?? refuse(`\\${letter} is not supported in brackets.`), length: 2 };
  }
  if (!inClass && letter === "b") {
    return { written: `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`, length: 2 };
  }
  if (!inClass && letter === "B") {
    return { written: `(?:(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`, length: 2 };
  }
  if (!inClass && letter === "A") return { written: "(?<![^])", length: 2 };
  if (!inClass && letter === "Z") return { written: "(?![^])", length: 2 };
  if (letter === "a") return { written: String.raw`\x07`, length: 2 };
  const wide = /^\\U([0-9a-fA-F]{8})/.exec(rest);
  if (wide !== null) return { written: `\\u{${wide[1]}}`, length: 10 };
  const property = /^\\[pP]\{(\^?)([^}]*)\}/.exec(rest);
  if (property !== null)
    return {
      written: propertyOf(rest[1] as string, property[1] === "^", property[2] ?? ""),
      length: property[0].length,
    };
  const coded = /^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})/.exec(rest);
  if (coded !== null) return { written: coded[0], length: coded[0].length };
  if (/[nrtfv0bB1-9]/.test(letter)) {
    if (letter === "b" || letter === "B") return { written: String.raw`\x08`, length: 2 };
    return { written: `\\${letter}`, length: 2 };
  }
  if (isAsciiLetter(letter)) return refuse(`\\${letter} is not supported.`);
  // The u flag knows escapes of syntax characters only.
  return {
    written: /[\^$\\.*+?()[\]{}|/]/.test(letter) || (inClass && letter === "-") ? `\\${letter}` : letter,
    length: 2,
  };
}

/** Names that the module `regex` takes and JavaScript does not. */
const longNames: Readonly<Record<string, string>> = {
  Letter: "L",
  Number: "N",
  Punct: "P",
  Han: "Script=Han",
  IsHan: "Script=Han",
};

function propertyOf(letter: string, inverted: boolean, name: string): string {
  const negative = (letter === "P") !== inverted;
  return `\\${negative ? "P" : "p"}{${longNames[name] ?? name}}`;
}

/** The template of `re.sub` as a function for `replaceAll`: \1, \g<name>, \g<1>, \n. @throws E_DATA_OPERATOR */
export function replacementOf(template: string, where: string): (...found: readonly unknown[]) => string {
  const parts: (string | number | { readonly name: string })[] = [];
  const pattern = /\\(?:g<(\w+)>|([1-9]\d?)|([^]))/g;
  let last = 0;
  for (const match of template.matchAll(pattern)) {
    parts.push(template.slice(last, match.index));
    last = match.index + match[0].length;
    const [, named, number, other] = match;
    if (named !== undefined) parts.push(/^\d+$/.test(named) ? Number(named) : { name: named });
    else if (number !== undefined) parts.push(Number(number));
    else parts.push(templateEscape(other as string, where));
  }
  parts.push(template.slice(last));
  return (...found) => {
    const groups = found.at(-1);
    const names = typeof groups === "object" && groups !== null ? (groups as Readonly<Record<string, string>>) : {};
    return parts
      .map((part) => {
        if (typeof part === "string") return part;
        return typeof part === "number" ? String(found[part] ?? "") : (names[part.name] ?? "");
      })
      .join("");
  };
}

function templateEscape(letter: string, where: string): string {
  const known = { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v", a: "\u0007", b: "\b", "\\": "\\" }[letter];
  if (known !== undefined) return known;
  if (!isAsciiLetter(letter)) return `\\${letter}`;
  return fail("E_DATA_OPERATOR", {
    where,
    what: `\\${letter} means nothing in a replacement.`,
    fix: "Write \\\\ for a backslash.",
  });
}
