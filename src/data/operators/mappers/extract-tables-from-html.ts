/** Tables of HTML as lists of rows. Data-Juicer: extract_tables_from_html_mapper. */
import { parse, type DefaultTreeAdapterTypes } from "parse5";
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { isObject } from "../../shapes/shape.ts";
import { arg } from "../args.ts";
import { defineMapper } from "../operator.ts";
import { writeHtml } from "../text/write-html.ts";
import { strip } from "../text/python-strings.ts";

type Element = DefaultTreeAdapterTypes.Element;
type Node = DefaultTreeAdapterTypes.Node;

export const extractTablesFromHtmlMapper = defineMapper({
  name: "extract_tables_from_html_mapper",
  summary: "Puts the tables of an HTML text into the row's tags.",
  args: {
    tables_field_name: arg(z.string().min(1).default("html_tables"), "Name of the tag in __dj__meta__."),
    retain_html_tags: arg(z.boolean().default(false), "Keeps tables as HTML instead of lists of rows of cells."),
    include_header: arg(z.boolean().default(true), "Keeps rows that hold headings."),
  },
  cost: 20,
  differs: "HTML is read by the standard's rules, which mend broken tables that Data-Juicer's parser leaves broken.",
  create: ({ tables_field_name: name, retain_html_tags: asHtml, include_header: headings, text_key }) => {
    return (sample) => {
      const given = sample.row["__dj__meta__"];
      const meta = isObject(given) ? given : {};
      if (Object.hasOwn(meta, name)) return sample.row;
      const found = elements(parse(sample.text(text_key), { sourceCodeLocationInfo: true }), "table");
      const tables = asHtml ? found.map(writeHtml) : cellsOf(found, headings, sample.origin);
      return { ...sample.row, __dj__meta__: { ...meta, [name]: tables } };
    };
  },
});

/** Elements of a name under a node, in the order of the document. */
function elements(root: Node, name: string): readonly Element[] {
  const found: Element[] = [];
  const open: Node[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node !== root && node.nodeName === name) found.push(node as Element);
    if ("childNodes" in node) open.push(...node.childNodes.toReversed());
  }
  return found;
}

/** Cells of all tables of a text. A table within another is part of both, so that few bytes can make many. */
const MOST_CELLS = 1_000_000;

/** Rows of each table, those of tables within it too; tables without any are left out. @throws E_DATA_ROW */
function cellsOf(tables: readonly Element[], headings: boolean, origin: string): readonly (readonly Row[])[] {
  const texts = new Map<Element, string>();
  const textOfCell = (cell: Element): string => {
    const text = texts.get(cell) ?? textOf(cell);
    texts.set(cell, text);
    return text;
  };
  let count = 0;
  const rowsOf = (table: Element): readonly Row[] =>
    elements(table, "tr").flatMap((row) => {
      const cells = row.childNodes.filter(isCell);
      count += cells.length;
      if (count > MOST_CELLS) {
        fail("E_DATA_ROW", {
          where: origin,
          what: `the tables have more than ${MOST_CELLS} cells, those of tables within tables counted for each.`,
          fix: "Take the row out, or keep the tables as HTML with retain_html_tags.",
        });
      }
      if (!headings && cells.some(({ nodeName }) => nodeName === "th")) return [];
      return cells.length === 0 ? [] : [cells.map(textOfCell)];
    });
  return tables.map(rowsOf).filter((rows) => rows.length > 0);
}

type Row = readonly string[];

const isCell = (node: Node): node is Element => node.nodeName === "td" || node.nodeName === "th";

/** What stands in these is code, not text of a cell. */
const codeNames: ReadonlySet<string> = new Set(["script", "style", "template"]);

/** Texts of a node, each without blanks around it. */
function textOf(root: Node): string {
  const parts: string[] = [];
  const open: Node[] = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.nodeName === "#text" && "value" in node) parts.push(strip(node.value));
    if ("childNodes" in node && !codeNames.has(node.nodeName)) open.push(...node.childNodes.toReversed());
  }
  return parts.join("");
}
