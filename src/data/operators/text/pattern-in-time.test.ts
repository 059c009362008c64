import { expect, it } from "vitest";
import { inPatternTime } from "./pattern-in-time.ts";

const run = (source: string, text: string, limitMs?: number): string =>
  inPatternTime(
    source,
    "an_operator.pattern",
    limitMs === undefined ? {} : { limitMs },
  )(text, () => text.replaceAll(new RegExp(source, "gv"), "-"));

it.each([
  ["ab", "cabc", "c-c"],
  ["a+", "caac", "c-c"],
  ["(?:a|b)+c", "xabcx", "x-x"],
])("%s gives what it gave", (source, text, wanted) => {
  expect(run(source, text)).toBe(wanted);
});

it.each(["(?:a|a)+b", "(a|aa){1,}b"])("%s is ended", { timeout: 60_000 }, (source) => {
  expect(() => run(source, "a".repeat(60), 200)).toThrow(
    /^E_DATA_OPERATOR: an_operator\.pattern: the regular expression ".*" takes longer than 0\.2 seconds on a text of 60 characters/,
  );
});
