/** Addresses of the web. Data-Juicer: clean_links_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";
import { patternOf, replacementOf } from "../text/python-regex.ts";

/**
 * The well-known pattern of addresses (J. Gruber, 2010): a scheme, www or a domain with a slash, then anything but
 * blanks, with balanced parentheses up to two deep, and no punctuation at the end. What is repeated is one character,
 * where the original repeats runs of them: the same texts match, but there are not exponentially many ways to try.
 */
const link = patternOf(
  String.raw`(?i)\b((?:[a-z][\w-]+:(?:\/{1,3}|[a-z0-9%])|www\d{0,3}[.]|[a-z0-9.\-]+[.][a-z]{2,4}\/)` +
    String.raw`(?:[^\s()<>]|\(([^\s()<>]|(\([^\s()<>]+\)))*\))+` +
    String.raw`(?:\(([^\s()<>]|(\([^\s()<>]+\)))*\)|[^\s` +
    "`" +
    String.raw`!()\[\]{};:'".,<>?«»“”‘’]))`,
  { where: "clean_links_mapper", flags: "s" },
);

/** What every link has inside; most texts do not, and this is found out about ten times as fast. */
const sign = /:[/a-z0-9%]|www\p{Nd}{0,3}\.|\.[a-z]{2,4}\//iu;

export const cleanLinksMapper = defineTextMapper({
  name: "clean_links_mapper",
  summary: "Removes links, or replaces them.",
  args: {
    pattern: arg(
      z.string().optional(),
      "Regular expression (Python) of what is replaced, instead of the built-in one.",
    ),
    repl: arg(z.string().default(""), "What is put in its place."),
  },
  cost: 4,
  create: ({ pattern, repl }) => {
    const where = "clean_links_mapper";
    const replace = replacementOf(repl, `${where}.repl`);
    if (pattern === undefined) return (text) => (sign.test(text) ? text.replace(link, replace) : text);
    const found = patternOf(pattern, { where: `${where}.pattern`, flags: "s" });
    return (text) => text.replace(found, replace);
  },
});
