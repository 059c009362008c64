import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { removeWordsWithIncorrectSubstringsMapper } from "./remove-words-with-incorrect-substrings.ts";

describe("remove_words_with_incorrect_substrings_mapper", () => {
  it.each(goldenCases("remove_words_with_incorrect_substrings_mapper"))(
    "changes texts as Data-Juicer: $args",
    async (golden) => {
      expect(await runMapper(removeWordsWithIncorrectSubstringsMapper, golden.rows, golden.args)).toEqual(
        golden.result,
      );
    },
  );

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(removeWordsWithIncorrectSubstringsMapper, [{ id: 1, messages: talk("x www.y") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("x") }]);
  });

  it("cannot cut words with a model", () => {
    expect(removeWordsWithIncorrectSubstringsMapper.schema.safeParse({ tokenization: true }).success).toBe(false);
    expect(removeWordsWithIncorrectSubstringsMapper.differs).toContain("tokenization");
  });
});
