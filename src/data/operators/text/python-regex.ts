/**
 * Regular expressions as Python writes them, as those of JavaScript with the `v` flag: named groups, flags in front or
 * of a group, anchors, Unicode's words, digits and blanks, escapes. Two modules differ in details: `regex`, which
 * Data-Juicer's operators import under the name re, and the standard `re`.
 *
 * What JavaScript cannot do is refused with its place: possessive quantifiers, atomic groups, conditions, fuzzy
 * matching, recursion, letter case that is ignored in one group alone. Three things stay different: a reference to a
 * group that took no part matches nothing at all in Python and the empty text here; a group that is repeated forgets
 * here what it found in a round before; and where nothing was found, Python looks for something at the same place.
 */
import { fail } from "../../../base/errors.ts";
import { bracketClass, escapeSequence, type Flavour, type Refuse } from "./python-regex-class.ts";

const LONGEST = 10_000;

export interface PatternOptions {
  /** Operator and argument, for errors. */
  readonly where: string;
  /** Flags of the call, in Python's letters: s, i, m. */
  readonly flags?: string;
  /** Which of Python's modules reads it; Data-Juicer's operators mostly import `regex`. */
  readonly module?: Flavour;
}

/** Always global. @throws E_DATA_OPERATOR */
export function patternOf(source: string, { where, flags = "", module = "regex" }: PatternOptions): RegExp {
  const refuse = (at: number, what: string): never =>
    fail("E_DATA_OPERATOR", {
      where: `${where}, character ${at + 1}`,
      what,
      fix: "Write the regular expression without it.",
    });
  if (source.length > LONGEST) refuse(LONGEST, `the regular expression is longer than ${LONGEST} characters.`);
  const { text, ignoreCase } = translate(source, { flags, module, refuse });
  try {
    return new RegExp(text, ignoreCase ? "giv" : "gv");
  } catch (cause) {
    return fail("E_DATA_OPERATOR", {
      where,
      what: `the regular expression ${JSON.stringify(source)} cannot be understood: ${(cause as Error).message.replace(/^.*: /, "")}.`,
      fix: "Correct the regular expression.",
      cause,
    });
  }
}

/** Data-Juicer takes r'...' in a YAML text for the raw string that it would be in Python. */
export const unquoteRaw = (source: string): string => (/^r'.*'$|^r".*"$/s.test(source) ? source.slice(2, -1) : source);

/** Python's flags as they hold at one place; groups may change them. */
interface Flags {
  readonly dotAll: boolean;
  readonly multiline: boolean;
  readonly verbose: boolean;
}

/** `[^]` will not repeat under the v flag in Node 20. */
const ANY = String.raw`[\s\S]`;
const LINE_START = String.raw`(?<=\n|^)`;
const LINE_END = String.raw`(?=\n|$)`;
const TEXT_END = String.raw`(?=\n?$)`;

const plainGroup = /^\((?:\?(?::|=|!|<=|<!))/;

function translate(
  source: string,
  { flags: given, module, refuse }: { readonly flags: string; readonly module: Flavour; readonly refuse: Refuse },
): { readonly text: string; readonly ignoreCase: boolean } {
  const leading = /^(?:\(\?[aiLmsux]+\))*/.exec(source)?.[0] ?? "";
  const letters = new Set([...given, ...leading.replaceAll(/[()?]/g, "")]);
  const [ignoreCase, ascii] = [letters.has("i"), letters.has("a")];
  if (letters.has("L") || (ascii && ignoreCase)) refuse(0, "the flags L, and a together with i, are not supported.");
  let flags: Flags = { dotAll: letters.has("s"), multiline: letters.has("m"), verbose: letters.has("x") };
  /** Flags outside of each open group. */
  const outer: Flags[] = [];
  const context = { module, ascii, refuse };
  let text = "";
  let at = leading.length;
  const put = (written: string, length: number): void => {
    text += written;
    at += length;
  };
  while (at < source.length) {
    const character = String.fromCodePoint(source.codePointAt(at) as number);
    const rest = source.slice(at, at + 200);
    if (character === "\\") {
      const { written, length } = escapeSequence(source, at, context);
      put(written, length);
    } else if (character === "[") {
      const { written, length } = bracketClass(source, at, context);
      put(written, length);
    } else if (flags.verbose && /^\s/.test(character)) {
      put("", 1);
    } else if (flags.verbose && character === "#") {
      put("", /^#[^\n]*/.exec(source.slice(at))?.[0].length ?? 1);
    } else if (character === "(") {
      const comment = /^\(\?#[^)]*\)/.exec(source.slice(at))?.[0];
      const reference = /^\(\?P=([A-Za-z_]\w*)\)/.exec(rest);
      if (comment !== undefined) put("", comment.length);
      else if (reference !== null) put(String.raw`\k<${reference[1]}>`, reference[0].length);
      else {
        outer.push(flags);
        const opened = openGroup(rest, at, { flags, ignoreCase, refuse });
        flags = opened.flags;
        put(opened.written, opened.length);
      }
    } else if (character === ")") {
      flags = outer.pop() ?? refuse(at, "this parenthesis closes nothing.");
      put(")", 1);
    } else if (character === "$") {
      put(flags.multiline ? LINE_END : TEXT_END, 1);
    } else if (character === "^") {
      put(flags.multiline ? LINE_START : "^", 1);
    } else if (character === ".") {
      put(flags.dotAll ? ANY : String.raw`[^\n]`, 1);
    } else if (/^[*+?{]/.test(character)) {
      const { written, length } = quantifier(rest, at, context);
      put(written, length);
    } else {
      put(/^[\]}/|]$/.test(character) && character !== "|" ? `\\${character}` : character, character.length);
    }
  }
  // V8 tries patterns that begin by looking around between the halves of a pair too, where no character begins.
  return { text: /^\(\?(?:[!=<]|:\(\?<)/.test(text) ? `(?=${ANY}|$)(?:${text})` : text, ignoreCase };
}

interface Opened {
  readonly written: string;
  readonly length: number;
  readonly flags: Flags;
}

function openGroup(
  rest: string,
  at: number,
  { flags, ignoreCase, refuse }: { readonly flags: Flags; readonly ignoreCase: boolean; readonly refuse: Refuse },
): Opened {
  if (!rest.startsWith("(?")) return { written: "(", length: 1, flags };
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
  if (named !== null) return { written: `(?<${named[1]}>`, length: named[0].length, flags };
  const plain = plainGroup.exec(rest);
  if (plain !== null) return { written: plain[0], length: plain[0].length, flags };
  if (rest.startsWith("(?>")) return refuse(at, "atomic groups are not supported.");
  if (rest.startsWith("(?(")) return refuse(at, "conditions are not supported.");
  const scoped = /^\(\?([imsux]*)(?:-([imsx]+))?:/.exec(rest);
  if (scoped === null) {
    return refuse(at, `${rest.slice(0, 4)} is not supported; flags may stand at the start of the whole.`);
  }
  const [whole, on = "", off = ""] = scoped;
  if ((on.includes("i") && !ignoreCase) || (off.includes("i") && ignoreCase)) {
    return refuse(at, "letter case cannot be ignored in one group alone; (?i) may stand at the start of the whole.");
  }
  const now = (letter: string, before: boolean): boolean => on.includes(letter) || (before && !off.includes(letter));
  const inner: Flags = {
    dotAll: now("s", flags.dotAll),
    multiline: now("m", flags.multiline),
    verbose: now("x", flags.verbose),
  };
  return { written: "(?:", length: whole.length, flags: inner };
}

function quantifier(
  rest: string,
  at: number,
  { module, refuse }: { readonly module: Flavour; readonly refuse: Refuse },
): { readonly written: string; readonly length: number } {
  const [found, least, comma, most] = /^(?:[*+?]|\{(\d*)(,?)(\d*)\})/.exec(rest) ?? [];
  const counted = found?.startsWith("{") ?? false;
  if (found === undefined || (counted && least === "" && comma === "")) {
    if (module === "regex" && /^\{[^{}]*[ides][^{}]*\}/.test(rest) && /^\{[ides<=+,\d\s]+\}/.test(rest)) {
      return refuse(at, "fuzzy matching is not supported.");
    }
    return { written: String.raw`\{`, length: 1 };
  }
  const next = rest[found.length];
  if (next === "+") return refuse(at, "possessive quantifiers are not supported.");
  const written = counted ? `{${least === "" ? "0" : least}${comma}${most}}` : found;
  return next === "?" ? { written: `${written}?`, length: found.length + 1 } : { written, length: found.length };
}
