import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { removeSpecificCharsMapper } from "./remove-specific-chars.ts";

describe("remove_specific_chars_mapper", () => {
  it.each(goldenCases("remove_specific_chars_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(removeSpecificCharsMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(removeSpecificCharsMapper, [{ id: 1, messages: talk("◆x") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("x") }]);
  });

  it("refuses what is no text", () => {
    expect(removeSpecificCharsMapper.schema.safeParse({ chars_to_remove: [1] }).success).toBe(false);
  });
});
