import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { removeTableTextMapper } from "./remove-table-text.ts";

describe("remove_table_text_mapper", () => {
  it.each(goldenCases("remove_table_text_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(removeTableTextMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(removeTableTextMapper, [{ id: 1, messages: talk("t\na b\nc d\n") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("t\n") }]);
  });

  it("is quick on a line with many bars", async () => {
    const text = `t\n${"a|".repeat(50_000)}b\n${"\n".repeat(50_000)}c`;
    expect(await runMapper(removeTableTextMapper, [{ text }])).toEqual([{ text }]);
  });

  it.each([{ min_col: 1 }, { max_col: 21 }, { min_col: 2.5 }])("refuses %j", (given) => {
    expect(removeTableTextMapper.schema.safeParse(given).success).toBe(false);
  });
});
