import { expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { whitespaceNormalizationMapper } from "./whitespace-normalization.ts";

it.each(goldenCases("whitespace_normalization_mapper"))("changes texts as Data-Juicer", async (golden) => {
  expect(await runMapper(whitespaceNormalizationMapper, golden.rows, golden.args)).toEqual(golden.result);
});

it("changes each text of a conversation", async () => {
  const messages = [
    { role: "user", content: "a\u00A0b" },
    { role: "assistant", content: [{ type: "text", text: " c" }] },
  ];
  const [row] = await runMapper(whitespaceNormalizationMapper, [{ id: 1, messages }]);
  expect(row).toEqual({
    id: 1,
    messages: [
      { role: "user", content: "a b" },
      { role: "assistant", content: [{ type: "text", text: "c" }] },
    ],
  });
});
