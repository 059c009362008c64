/** Addresses of the web. Data-Juicer: clean_links_mapper. */
import { defineTextMapper } from "../operator.ts";
import { patternOf } from "../text/python-regex.ts";
import { createReplace, patternDiffers, replaceArgs } from "../text/replace-pattern.ts";

/** A run inside of parentheses. It is never cut short, so that parentheses that stay open cost no more than a look. */
const run = String.raw`[^\s()<>]+(?![^\s()<>])`;

/** Parentheses, up to two deep. */
const parentheses = String.raw`\((${run}|(\([^\s()<>]+\)))*\)`;

/**
 * The well-known pattern of addresses (J. Gruber, 2010): a scheme, www or a domain with a slash, then anything but
 * blanks, with balanced parentheses up to two deep, and no punctuation at the end. Runs are written so that they can
 * be cut in one way only: as published, a long address that ends in dots would be tried in every way there is.
 */
const link = patternOf(
  String.raw`(?i)\b((?:[a-z][\w-]+:(?:\/{1,3}|[a-z0-9%])|www\d{0,3}[.]|[a-z0-9.\-]+[.][a-z]{2,4}\/)` +
    String.raw`(?:[^\s()<>]|${parentheses})+` +
    String.raw`(?:${parentheses}|[^\s` +
    "`" +
    String.raw`!()\[\]{};:'".,<>?«»“”‘’]))`,
  { where: "clean_links_mapper" },
);

/** What every link has inside; most texts do not, and this is found out about ten times as fast. */
const sign = /:[/a-z0-9%]|www\p{Nd}{0,3}\.|\.[a-z]{2,4}\//iu;

export const cleanLinksMapper = defineTextMapper({
  name: "clean_links_mapper",
  summary: "Removes links, or replaces them.",
  args: replaceArgs,
  cost: 4,
  differs: patternDiffers,
  create: (args) => {
    const replace = createReplace({ pattern: link, sign }, args, "clean_links_mapper");
    if (typeof args.pattern === "string") return replace;
    // No link has a blank in it: words are looked at one by one, which keeps long texts from taking long.
    return (text) => (sign.test(text) ? text.replaceAll(/\P{White_Space}+/gu, (word) => replace(word)) : text);
  },
});
