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
    return bodyText(parse(marked));
  },
});

/** Text of the body in the order of the document. A stack, for untrusted HTML can be nested deeper than calls can. */
function bodyText(document: DefaultTreeAdapterTypes.Document): string {
  const html = document.childNodes.find((node) => node.nodeName === "html") as
    | DefaultTreeAdapterTypes.Element
    | undefined;
  const body = html?.childNodes.find((node) => node.nodeName === "body");
  const parts: string[] = [];
  const open: Node[] = body === undefined ? [] : [body];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ("value" in node) parts.push(node.value);
    if ("childNodes" in node) open.push(...node.childNodes.toReversed());
  }
  return parts.join("");
}
