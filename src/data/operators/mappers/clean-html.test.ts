import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { cleanHtmlMapper } from "./clean-html.ts";

describe("clean_html_mapper", () => {
  it.each(goldenCases("clean_html_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(cleanHtmlMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(cleanHtmlMapper, [{ id: 1, messages: talk("<b>x</b>") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("x") }]);
  });

  it("reads what is nested very deep", async () => {
    const text = `${"<div>".repeat(20_000)}deep`;
    expect(await runMapper(cleanHtmlMapper, [{ text }])).toEqual([{ text: "deep" }]);
  });
});
