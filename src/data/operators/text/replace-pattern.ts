/** What the mappers that clean addresses share: a pattern of the recipe in place of their own, and what is put there. */
import * as z from "zod";
import { arg } from "../args.ts";
import { inPatternTime } from "./pattern-in-time.ts";
import { patternOf, unquoteRaw } from "./python-regex.ts";
import { replacementOf } from "./python-replacement.ts";

export const replaceArgs = {
  pattern: arg(
    z.string().nullable().optional(),
    "Regular expression (Python) of what is replaced, instead of the built-in one.",
  ),
  repl: arg(z.string().default(""), "What is put in its place; \\1 is what the first group found."),
} as const;

interface ReplaceArgs {
  readonly pattern?: string | null | undefined;
  readonly repl: string;
}

interface BuiltIn {
  readonly pattern: RegExp;
  /** What every text that the pattern finds something in has too; most texts do not, which is found out fast. */
  readonly sign: RegExp;
}

/** A dot in a pattern of a recipe is any character, line ends included. @throws E_DATA_OPERATOR */
export function createReplace(
  builtIn: BuiltIn,
  { pattern, repl }: ReplaceArgs,
  where: string,
): (text: string) => string {
  const given =
    typeof pattern === "string" ? patternOf(unquoteRaw(pattern), { where: `${where}.pattern`, flags: "s" }) : undefined;
  const found = given ?? builtIn.pattern;
  const replace = replacementOf(repl, found, `${where}.repl`);
  if (given !== undefined) {
    const bounded = inPatternTime(pattern ?? "", `${where}.pattern`);
    return (text) => bounded(text, () => text.replace(found, replace));
  }
  return (text) => (builtIn.sign.test(text) ? text.replace(found, replace) : text);
}

/** Said of operators that take patterns. */
export const patternDiffers =
  "Patterns are run by JavaScript: what it lacks (possessive quantifiers, atomic groups, conditions, fuzzy matching) " +
  "is refused, and a group that took no part matches the empty text where it is referred to.";
