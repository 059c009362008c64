import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { extractTablesFromHtmlMapper } from "./extract-tables-from-html.ts";

describe("extract_tables_from_html_mapper", () => {
  it.each(goldenCases("extract_tables_from_html_mapper"))("finds texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(extractTablesFromHtmlMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("mends tables that are left open, as browsers do", async () => {
    const [row] = await runMapper(extractTablesFromHtmlMapper, ["<table><tr><td>a<td>b<tr><td>c"]);
    expect(row?.["__dj__meta__"]).toEqual({ html_tables: [[["a", "b"], ["c"]]] });
  });

  it("takes tables in tables, but not as many cells as would fill the memory", async () => {
    const nested = (depth: number): string => "<table><tr><td>".repeat(depth);
    const [row] = await runMapper(extractTablesFromHtmlMapper, [`${nested(500)}x`]);
    const { __dj__meta__: meta } = row as { readonly __dj__meta__: { readonly html_tables: readonly string[][][] } };
    const tables = meta.html_tables;
    expect([tables.length, tables[0]?.length, tables[499]]).toEqual([500, 500, [["x"]]]);
    const problem = "E_DATA_ROW: rows.jsonl:1: the tables have more than 1000000 cells";
    await expect(runMapper(extractTablesFromHtmlMapper, [nested(2000)])).rejects.toThrow(problem);
  });

  it("leaves tags of earlier operators, and does nothing where the tables are there", async () => {
    const given = { text: "<table><tr><td>a</table>", __dj__meta__: { other: 1, html_tables: [] } };
    expect(await runMapper(extractTablesFromHtmlMapper, [given])).toEqual([given]);
    const [row] = await runMapper(extractTablesFromHtmlMapper, [given], { tables_field_name: "t" });
    expect(row?.["__dj__meta__"]).toEqual({ other: 1, html_tables: [], t: [[["a"]]] });
  });

  it("reads the texts of a conversation as one", async () => {
    const messages = [{ role: "user", content: "<table><tr><td>a</td></tr></table>" }];
    const [row] = await runMapper(extractTablesFromHtmlMapper, [{ messages }]);
    expect(row).toEqual({ messages, __dj__meta__: { html_tables: [[["a"]]] } });
  });
});
