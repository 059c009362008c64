import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { chineseConvertMapper } from "./chinese-convert.ts";

describe("chinese_convert_mapper", () => {
  it.each(goldenCases("chinese_convert_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(chineseConvertMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(chineseConvertMapper, [{ id: 1, messages: talk("软件") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("軟件") }]);
  });

  it("refuses other modes", () => {
    expect(chineseConvertMapper.schema.safeParse({ mode: "s2x" }).success).toBe(false);
  });
});
