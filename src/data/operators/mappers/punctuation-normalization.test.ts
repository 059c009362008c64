import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { punctuationNormalizationMapper } from "./punctuation-normalization.ts";

describe("punctuation_normalization_mapper", () => {
  it.each(goldenCases("punctuation_normalization_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(punctuationNormalizationMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(punctuationNormalizationMapper, [{ id: 1, messages: talk("，") }]);
    expect(rows).toEqual([{ id: 1, messages: talk(",") }]);
  });
});
