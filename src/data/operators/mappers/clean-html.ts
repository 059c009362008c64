/** Tags of HTML. Data-Juicer: clean_html_mapper, which asks the parser Lexbor; parse5 follows the same standard. */
import { parse, type DefaultTreeAdapterTypes } from "parse5";
import { defineTextMapper } from "../operator.ts";

type Node = DefaultTreeAdapterTypes.ChildNode | DefaultTreeAdapterTypes.Document;

export const cleanHtmlMapper = defineTextMapper({
  name: "clean_html_mapper",
  summary: "Turns HTML into its text; items of lists begin lines with a star.",
  args: {},
  cost: 20,
  create: () => (text) => {
    const marked = text
      .replaceAll("<li>", "\n*")
      .replaceAll("</li>", "")
      .replaceAll("<ol>", "\n*")
      .replaceAll("</ol>", "");
    // Without scripts, as Lexbor reads it: what stands in noscript is part of the document.
    return textOf(parse(marked, { scriptingEnabled: false }));
  },
});

/** All text, head included, in order. A stack, for untrusted HTML can be nested deeper than calls can. */
function textOf(document: DefaultTreeAdapterTypes.Document): string {
  const parts: string[] = [];
  const open: Node[] = [document];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ("value" in node) parts.push(node.value);
    if ("childNodes" in node) open.push(...node.childNodes.toReversed());
  }
  return parts.join("");
}
