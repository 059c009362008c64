/** What comes before the first heading of LaTeX. Data-Juicer: remove_header_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";

/** A command of a heading: its name, a star, an optional short title, the title. */
const heading =
  /\\(?:chapter|part|section|subsection|subsubsection|paragraph|subparagraph)(?![\p{L}\p{N}\p{M}\p{Pc}])\*?(?:\[[^]*?\])?\{/gu;

export const removeHeaderMapper = defineTextMapper({
  name: "remove_header_mapper",
  summary: "Removes what stands before the first heading of LaTeX.",
  args: {
    drop_no_head: arg(z.boolean().default(true), "Empties texts without any heading."),
  },
  create:
    ({ drop_no_head: drop }) =>
    (text) => {
      const lastBrace = text.lastIndexOf("}");
      heading.lastIndex = 0;
      const found = heading.exec(text);
      // The title must close somewhere.
      if (found !== null && found.index + found[0].length <= lastBrace) return text.slice(found.index);
      return drop ? "" : text;
    },
});
