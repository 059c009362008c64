/** Patterns that read answers: `re.match`, `re.search` and `re.findall` of Python, with its VERBOSE form. */
import { inPatternTime } from "../text/pattern-in-time.ts";
import { patternOf } from "../text/python-regex.ts";

export interface AnswerPattern {
  /** Groups of the match at the very start. */
  readonly match: (text: string) => readonly string[] | undefined;
  /** Groups of the first match. */
  readonly search: (text: string) => readonly string[] | undefined;
  /** Groups of all matches; of a pattern without groups the matches themselves. */
  readonly all: (text: string) => readonly (readonly string[])[];
}

export interface AnswerPatternOptions {
  readonly where: string;
  /** Whether a dot is also a line end. */
  readonly dotAll?: boolean;
  /** Blanks and comments in the pattern mean nothing. */
  readonly verbose?: boolean;
}

/** @throws E_DATA_OPERATOR */
export function answerPattern(
  source: string,
  { where, dotAll = false, verbose = false }: AnswerPatternOptions,
): AnswerPattern {
  const pattern = patternOf(verbose ? withoutBlanks(source) : source, { where, flags: dotAll ? "s" : "" });
  const groups = (match: RegExpMatchArray): readonly string[] =>
    match.length === 1 ? [match[0]] : match.slice(1).map((group: string | undefined) => group ?? "");
  const bounded = inPatternTime(source, where);
  const search = (text: string): RegExpMatchArray | undefined =>
    bounded(text, () => text.matchAll(pattern).next().value);
  return {
    match: (text) => {
      const found = search(text);
      return found?.index === 0 ? groups(found) : undefined;
    },
    search: (text) => {
      const found = search(text);
      return found === undefined ? undefined : groups(found);
    },
    all: (text) => bounded(text, () => [...text.matchAll(pattern)]).map(groups),
  };
}

/** A pattern without what VERBOSE leaves out: blanks and comments, unless escaped or in brackets. */
export const withoutBlanks = (source: string): string =>
  source.replaceAll(/(\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\])|\s+|#.*/g, (_whole, kept: string | undefined) => kept ?? "");

/** A name as a pattern that finds just it; blanks are escaped, so that VERBOSE leaves them in. */
export const literalPattern = (name: string): string => name.replaceAll(/[\\^$.*+?()[\]{}|#\s-]/g, (c) => `\\${c}`);
