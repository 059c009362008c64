/** Comments in LaTeX. Data-Juicer: remove_comments_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";

export const removeCommentsMapper = defineTextMapper({
  name: "remove_comments_mapper",
  summary: "Removes the comments of LaTeX.",
  args: {
    doc_type: arg(
      z.union([z.string(), z.array(z.string())]).default("tex"),
      "Kind of document; it changes nothing, since LaTeX is the only one that is known.",
    ),
    inline: arg(z.boolean().default(true), "Removes comments behind text, with the character before them."),
    multiline: arg(z.boolean().default(true), "Removes lines that are comments."),
  },
  create:
    ({ inline, multiline }) =>
    (text) => {
      // Of \\n alone are lines made in Python, and a dot is anything else.
      const without = inline ? text.replaceAll(/[^\\]%[^\n]+(?=\n|(?![^]))/gu, "") : text;
      return multiline ? without.replaceAll(/(?<=\n|(?<![^]))%[^\n]*\n?/gu, "") : without;
    },
});
