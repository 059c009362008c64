import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { removeCommentsMapper } from "./remove-comments.ts";

describe("remove_comments_mapper", () => {
  it.each(goldenCases("remove_comments_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(removeCommentsMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(removeCommentsMapper, [{ id: 1, messages: talk("%c\nx") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("x") }]);
  });

  it("does the same whatever kind of document is named, as Data-Juicer does", async () => {
    const [row] = await runMapper(removeCommentsMapper, ["a b % c\nd"], { doc_type: ["md", "tex"] });
    expect(row).toEqual({ text: "a b\nd" });
  });
});
