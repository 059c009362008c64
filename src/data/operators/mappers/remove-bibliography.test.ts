import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { removeBibliographyMapper } from "./remove-bibliography.ts";

describe("remove_bibliography_mapper", () => {
  it.each(goldenCases("remove_bibliography_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(removeBibliographyMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(removeBibliographyMapper, [{ id: 1, messages: talk("x\\appendix") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("x") }]);
  });

  it("is quick where braces never close", async () => {
    const text = "\\bibliography{".repeat(100_000);
    expect(await runMapper(removeBibliographyMapper, [{ text }])).toEqual([{ text }]);
  });
});
