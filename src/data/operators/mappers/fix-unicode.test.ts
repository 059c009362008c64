import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { fixUnicodeMapper } from "./fix-unicode.ts";

describe("fix_unicode_mapper", () => {
  it.each(goldenCases("fix_unicode_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(fixUnicodeMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(fixUnicodeMapper, [{ id: 1, messages: talk("sch\u00C3\u00B6n") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("sch\u00F6n") }]);
  });

  it("takes away halves of pairs, which no file of Unicode holds", async () => {
    expect(await runMapper(fixUnicodeMapper, ["a\uD83Db \uD83D\uDE00 \uDE00"])).toEqual([
      { text: "a\uFFFDb \u{1F600} \uFFFD" },
    ]);
  });

  it("changes nothing that it has changed", async () => {
    const texts = goldenCases("fix_unicode_mapper")[0]?.result ?? [];
    expect(texts.length).toBeGreaterThan(60);
    // Lines that have become several are lines of their own the next time.
    const whole = texts.filter(({ text }) => !/[\n<]/.test(String(text)));
    expect(await runMapper(fixUnicodeMapper, whole)).toEqual(whole);
  });

  it("mends a long line in pieces, and text that looks bad all over", async () => {
    const text = "\u00C3\u00B6".repeat(600_000);
    expect(await runMapper(fixUnicodeMapper, [{ text }])).toEqual([{ text: "\u00F6".repeat(600_000) }]);
    const odd = "\u00C2\u00A4\u2020\u4F60".repeat(50_000);
    const [row] = await runMapper(fixUnicodeMapper, [{ text: odd }]);
    expect(String(row?.["text"])).toContain("\u4F60");
  });

  it.each(["NFX", "nfc ", 1])("refuses the normal form %j", (normalization) => {
    expect(fixUnicodeMapper.schema.safeParse({ normalization }).success).toBe(false);
  });
});
