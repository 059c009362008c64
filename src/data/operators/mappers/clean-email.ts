/** E-mail addresses. Data-Juicer: clean_email_mapper. */
import { defineTextMapper } from "../operator.ts";
import { createReplace, patternDiffers, replaceArgs } from "../text/replace-pattern.ts";

/**
 * A local part, an at sign, a domain with a dot. What comes before the at sign cannot begin in the middle of a run of
 * its characters, which changes no match but keeps a long run without an at sign from being tried from each place.
 */
const address = /(?<![A-Za-z0-9.\-+_])[A-Za-z0-9.\-+_]+@[a-z0-9.\-+_]+\.[a-z]+/gu;

export const cleanEmailMapper = defineTextMapper({
  name: "clean_email_mapper",
  summary: "Removes e-mail addresses, or replaces them.",
  args: replaceArgs,
  cost: 4,
  differs: patternDiffers,
  create: (args) => createReplace({ pattern: address, sign: /@/ }, args, "clean_email_mapper"),
});
