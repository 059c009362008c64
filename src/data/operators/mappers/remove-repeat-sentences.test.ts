import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { removeRepeatSentencesMapper } from "./remove-repeat-sentences.ts";

describe("remove_repeat_sentences_mapper", () => {
  it.each(goldenCases("remove_repeat_sentences_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(removeRepeatSentencesMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(removeRepeatSentencesMapper, [{ id: 1, messages: talk("Oh.Oh.") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("Oh.") }]);
  });

  it("runs no tokenizer of a recipe", () => {
    expect(removeRepeatSentencesMapper.schema.safeParse({ tokenizer: "lambda text: [text]" }).success).toBe(false);
    expect(removeRepeatSentencesMapper.differs).toContain("tokenizer");
  });

  it("remembers sentences of one text alone", async () => {
    const rows = await runMapper(removeRepeatSentencesMapper, ["One. Two.", "One. Two."]);
    expect(rows).toEqual([{ text: "One. Two." }, { text: "One. Two." }]);
  });
});
