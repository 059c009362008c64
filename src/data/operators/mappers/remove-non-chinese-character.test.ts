import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { removeNonChineseCharacterMapper } from "./remove-non-chinese-character.ts";

describe("remove_non_chinese_character_mapper", () => {
  it.each(goldenCases("remove_non_chinese_character_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(removeNonChineseCharacterMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(removeNonChineseCharacterMapper, [{ id: 1, messages: talk("好é") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("好") }]);
  });
});
