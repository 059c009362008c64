/** Bibliographies in LaTeX. Data-Juicer: remove_bibliography_mapper. */
import { defineTextMapper } from "../operator.ts";

/** Where the appendix or the references begin. */
const begin = /\\appendix|\\begin\{references\}|\\begin\{REFERENCES\}|\\begin\{thebibliography\}|\\bibliography\{/u;

export const removeBibliographyMapper = defineTextMapper({
  name: "remove_bibliography_mapper",
  summary: "Cuts LaTeX off where the appendix or the references begin.",
  args: {},
  create: () => (text) => {
    let from = 0;
    for (;;) {
      const found = begin.exec(text.slice(from));
      if (found === null) return text;
      const at = from + found.index;
      // An open brace that never closes is no command.
      if (!found[0].endsWith("{") || text.includes("}", at)) return text.slice(0, at);
      from = at + found[0].length;
    }
  },
});
