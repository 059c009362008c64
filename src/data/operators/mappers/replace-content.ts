/** Regular expressions and what replaces them. Data-Juicer: replace_content_mapper. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";
import { inPatternTime } from "../text/pattern-in-time.ts";
import { patternOf, unquoteRaw } from "../text/python-regex.ts";
import { replacementOf } from "../text/python-replacement.ts";
import { patternDiffers } from "../text/replace-pattern.ts";

const texts = z.union([z.string(), z.array(z.string())]);

export const replaceContentMapper = defineTextMapper({
  name: "replace_content_mapper",
  summary: "Replaces what regular expressions find.",
  args: {
    pattern: arg(texts.nullable().optional(), "Regular expression (Python), or several, applied one after the other."),
    repl: arg(texts.default(""), "What is put in place: one text for all, or one for each pattern."),
  },
  cost: 4,
  differs: patternDiffers,
  create: ({ pattern, repl }) => {
    const where = "replace_content_mapper";
    const patterns = typeof pattern === "string" ? [pattern] : (pattern ?? []);
    if (typeof repl !== "string" && repl.length < patterns.length) {
      fail("E_DATA_OPERATOR", {
        where: `${where}.repl`,
        what: `there are ${repl.length} replacements for ${patterns.length} patterns.`,
        fix: "Give one for each, or a single text for all.",
      });
    }
    const steps = patterns.map((source, i) => {
      const found = patternOf(unquoteRaw(source), { where: `${where}.pattern`, flags: "s" });
      return {
        found,
        bounded: inPatternTime(source, `${where}.pattern`),
        replace: replacementOf(typeof repl === "string" ? repl : (repl[i] ?? ""), found, `${where}.repl`),
      };
    });
    return (text) =>
      steps.reduce(
        (changed, { found, bounded, replace }) => bounded(changed, () => changed.replace(found, replace)),
        text,
      );
  },
});
