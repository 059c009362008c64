/** Bibliographies in LaTeX. Data-Juicer: remove_bibliography_mapper. */
import { defineTextMapper } from "../operator.ts";

/** Where the appendix or the references begin. */
const begin = /\\appendix|\\begin\{references\}|\\begin\{REFERENCES\}|\\begin\{thebibliography\}|\\bibliography\{/gu;

export const removeBibliographyMapper = defineTextMapper({
  name: "remove_bibliography_mapper",
  summary: "Cuts LaTeX off where the appendix or the references begin.",
  args: {},
  create: () => (text) => {
    const lastBrace = text.lastIndexOf("}");
    for (const { 0: found, index } of text.matchAll(begin)) {
      // An open brace that never closes is no command.
      if (found !== "\\bibliography{" || index < lastBrace) return text.slice(0, index);
    }
    return text;
  },
});
