/** E-mail addresses. Data-Juicer: clean_email_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";
import { patternOf, replacementOf } from "../text/python-regex.ts";

/**
 * A local part, an at sign, a domain with a dot. What comes before the at sign cannot begin in the middle of a run of
 * its characters, which changes no match but keeps a long run without an at sign from being tried from each place.
 */
const address = /(?<![A-Za-z0-9.\-+_])[A-Za-z0-9.\-+_]+@[a-z0-9.\-+_]+\.[a-z]+/gu;

export const cleanEmailMapper = defineTextMapper({
  name: "clean_email_mapper",
  summary: "Removes e-mail addresses, or replaces them.",
  args: {
    pattern: arg(
      z.string().optional(),
      "Regular expression (Python) of what is replaced, instead of the built-in one.",
    ),
    repl: arg(z.string().default(""), "What is put in its place."),
  },
  cost: 4,
  create: ({ pattern, repl }) => {
    const where = "clean_email_mapper";
    const replace = replacementOf(repl, `${where}.repl`);
    if (pattern === undefined) return (text) => (text.includes("@") ? text.replace(address, replace) : text);
    const found = patternOf(pattern, { where: `${where}.pattern`, flags: "s" });
    return (text) => text.replace(found, replace);
  },
});
