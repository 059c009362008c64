import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { cleanLinksMapper } from "./clean-links.ts";

describe("clean_links_mapper", () => {
  it.each(goldenCases("clean_links_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(cleanLinksMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(cleanLinksMapper, [{ id: 1, messages: talk("http://a.b!") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("!") }]);
  });

  it.each(["a-", "1."])("is quick on long words that are no links: %s...", async (piece) => {
    const [row] = await runMapper(cleanLinksMapper, [`${piece.repeat(100_000)} a/b.cc/de`]);
    expect(row?.["text"] === `${piece.repeat(100_000)} a/`).toBe(true);
  });

  it.each([`http://${".".repeat(50_000)}`, `http://a(${"b".repeat(50_000)}`, `http://a${"(b".repeat(20_000)}`])(
    "is quick where the address never ends well: %.12s...",
    async (text) => {
      const [row] = await runMapper(cleanLinksMapper, [{ text }]);
      expect(String(row?.["text"]).length).toBeLessThanOrEqual(text.length);
    },
  );

  it("takes links of a million characters", async () => {
    const text = `x http://a.b/${"c(d)".repeat(250_000)} y`;
    expect(await runMapper(cleanLinksMapper, [{ text }])).toEqual([{ text: "x  y" }]);
  });
});
