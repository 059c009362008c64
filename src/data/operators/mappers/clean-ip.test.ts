import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { cleanIpMapper } from "./clean-ip.ts";

describe("clean_ip_mapper", () => {
  it.each(goldenCases("clean_ip_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(cleanIpMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(cleanIpMapper, [{ id: 1, messages: talk("1.2.3.4!") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("!") }]);
  });

  it.each(["1.".repeat(100_000), "a:".repeat(100_000)])("is quick on %.6s...", async (text) => {
    const [row] = await runMapper(cleanIpMapper, [{ text }]);
    expect(String(row?.["text"]).length).toBeLessThan(text.length);
  });
});
