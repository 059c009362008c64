/** Blanks of all kinds. Data-Juicer: whitespace_normalization_mapper. */
import { defineTextMapper } from "../operator.ts";
import { strip } from "../text/python-strings.ts";

/** https://en.wikipedia.org/wiki/Whitespace_character, tabs and the control character U+0084 included. */
const blanks = /[\t\u0084\u00A0\u2000-\u200D\u202F\u205F\u2060\u3000\uFFFC]/g;

export const whitespaceNormalizationMapper = defineTextMapper({
  name: "whitespace_normalization_mapper",
  summary: "Turns blanks of every kind into spaces and cuts them off at both ends.",
  args: {},
  create: () => (text) => strip(text).replaceAll(blanks, " "),
});
