import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { cleanCopyrightMapper } from "./clean-copyright.ts";

describe("clean_copyright_mapper", () => {
  it.each(goldenCases("clean_copyright_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(cleanCopyrightMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(cleanCopyrightMapper, [{ id: 1, messages: talk("# c\nx") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("x") }]);
  });

  it("is quick where a comment never ends", async () => {
    const text = "/*".repeat(200_000);
    expect(await runMapper(cleanCopyrightMapper, [{ text }])).toEqual([{ text }]);
  });
});
