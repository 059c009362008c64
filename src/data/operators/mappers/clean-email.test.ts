import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { readyOf, runMapper } from "../testing/ready.ts";
import { cleanEmailMapper } from "./clean-email.ts";

describe("clean_email_mapper", () => {
  it.each(goldenCases("clean_email_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(cleanEmailMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(cleanEmailMapper, [{ id: 1, messages: talk("a@b.cd!") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("!") }]);
  });

  it.each(["a".repeat(200_000), "a@".repeat(100_000), `${"a.".repeat(100_000)}@`])(
    "is quick on %.5s...",
    async (text) => {
      expect(await runMapper(cleanEmailMapper, [{ text }])).toEqual([{ text }]);
    },
  );

  it("refuses what it cannot do before any row is read", async () => {
    await expect(readyOf(cleanEmailMapper, { pattern: "a++" })).rejects.toThrow(
      "clean_email_mapper.pattern, character 2",
    );
    await expect(readyOf(cleanEmailMapper, { repl: "\\1" })).rejects.toThrow("clean_email_mapper.repl");
    expect(cleanEmailMapper.schema.safeParse({ repl: 1 }).success).toBe(false);
  });
});
