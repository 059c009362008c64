/** Addresses of the Internet Protocol. Data-Juicer: clean_ip_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";
import { patternOf, replacementOf } from "../text/python-regex.ts";

const number = "(?:1[0-9][0-9]|2[0-4][0-9]|25[0-5]|[1-9][0-9]|[0-9])";

/** Four numbers up to 255 with dots; or eight groups of up to four hexadecimal digits with colons. */
const address = new RegExp(
  String.raw`(?:${number}\.){3}${number}|(?:[\p{Nd}a-fA-F]{1,4}:){7}[\p{Nd}a-fA-F]{1,4}`,
  "gu",
);

export const cleanIpMapper = defineTextMapper({
  name: "clean_ip_mapper",
  summary: "Removes IPv4 and IPv6 addresses, or replaces them.",
  args: {
    pattern: arg(
      z.string().optional(),
      "Regular expression (Python) of what is replaced, instead of the built-in one.",
    ),
    repl: arg(z.string().default(""), "What is put in its place."),
  },
  cost: 4,
  create: ({ pattern, repl }) => {
    const where = "clean_ip_mapper";
    const found = pattern === undefined ? address : patternOf(pattern, { where: `${where}.pattern`, flags: "s" });
    const replace = replacementOf(repl, `${where}.repl`);
    return (text) => text.replace(found, replace);
  },
});
