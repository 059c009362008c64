/**
 * Elements of HTML as text, in the way of Beautiful Soup (its formatter "minimal"): what the source leaves out and the
 * standard adds (the body of a table) is not written, attributes stand in the order of their names, and of characters
 * only &, < and > are escaped. Text that is blank alone is one line end, or one space when it has none.
 */
import type { DefaultTreeAdapterTypes } from "parse5";

type Node = DefaultTreeAdapterTypes.ChildNode;

const voidNames: ReadonlySet<string> = new Set(
  "area base br col embed hr img input link meta param source track wbr".split(" "),
);

/** Their texts are written as they are. */
const rawNames: ReadonlySet<string> = new Set(["script", "style"]);

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const escape = (text: string): string => text.replaceAll(/[&<>]/g, (character) => escapes[character] as string);

const keepsBlanks: ReadonlySet<string> = new Set(["pre", "textarea"]);

/** One line end or space for a text of nothing but blanks, outside elements that keep them (Beautiful Soup's endData). */
function shorten(text: string, parent: DefaultTreeAdapterTypes.ParentNode | null): string {
  if (!/^[ \n\t\f\r]+$/.test(text)) return text;
  for (let node = parent; node !== null && "parentNode" in node; node = node.parentNode) {
    if (keepsBlanks.has(node.nodeName)) return text;
  }
  return text.includes("\n") ? "\n" : " ";
}

/** The tree must know where its elements stand in the source (`sourceCodeLocationInfo`). */
export function writeHtml(root: Node): string {
  const parts: string[] = [];
  // Texts among the nodes are what closes an element; a stack, for HTML can be nested deeper than calls can.
  const open: (Node | string)[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node === "string") parts.push(node);
    else if (node.nodeName === "#comment" && "data" in node)
      parts.push(`<!--${shorten(node.data, node.parentNode)}-->`);
    else if ("value" in node) {
      const text = shorten(node.value, node.parentNode);
      parts.push(isRaw(node.parentNode) ? text : escape(text));
    } else if ("tagName" in node) {
      const written = Boolean(node.sourceCodeLocation?.startTag);
      const isVoid = voidNames.has(node.tagName);
      if (written)
        parts.push(`<${node.tagName}${sorted(node.attrs).map(writeAttribute).join("")}${isVoid ? "/" : ""}>`);
      if (written && !isVoid) open.push(`</${node.tagName}>`);
      // What a template holds is a document of its own.
      const inside = "content" in node ? node.content : node;
      open.push(...inside.childNodes.toReversed());
    }
  }
  return parts.join("");
}

const isRaw = (parent: DefaultTreeAdapterTypes.ParentNode | null): boolean => rawNames.has(parent?.nodeName ?? "");

const sorted = (attributes: DefaultTreeAdapterTypes.Element["attrs"]): DefaultTreeAdapterTypes.Element["attrs"] =>
  attributes.toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** In double quotes, unless those are in the value and single ones are not. */
function writeAttribute({ name, value }: { readonly name: string; readonly value: string }): string {
  const escaped = escape(value);
  if (!escaped.includes('"')) return ` ${name}="${escaped}"`;
  return escaped.includes("'") ? ` ${name}="${escaped.replaceAll('"', "&quot;")}"` : ` ${name}='${escaped}'`;
}
