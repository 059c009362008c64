/** Regular expressions of recipes on texts of rows: those that may backtrack for ever are ended. */
import { fail } from "../../../base/errors.ts";
import { inTime, isLinear } from "../../../base/in-time.ts";

const LIMIT_MS = 5000;

/** Where one thing repeats that is no group, a text of this length takes at most its square of steps. */
const SHORT = 10_000;

/** Runs the matching of one text. @throws E_DATA_OPERATOR when it takes too long */
export type InPatternTime = <Value>(text: string, match: () => Value) => Value;

/** `source` is the expression as the recipe has it, `where` operator and argument; `limitMs` is for each text. */
export function inPatternTime(
  source: string,
  where: string,
  { limitMs = LIMIT_MS }: { readonly limitMs?: number } = {},
): InPatternTime {
  if (isLinear(source)) return (_, match) => match();
  const simple = source.match(/[+*{]/g)?.length === 1 && !/\)[+*{]/.test(source);
  return (text, match) => {
    if (simple && text.length <= SHORT) return match();
    return inTime(match, limitMs, () =>
      fail("E_DATA_OPERATOR", {
        where,
        what: `the regular expression ${JSON.stringify(source)} takes longer than ${limitMs / 1000} seconds on a text of ${text.length} characters.`,
        fix: "Write it so that it has no repetition within a repetition.",
      }),
    );
  };
}
