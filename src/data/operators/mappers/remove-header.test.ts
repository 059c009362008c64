import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { removeHeaderMapper } from "./remove-header.ts";

describe("remove_header_mapper", () => {
  it.each(goldenCases("remove_header_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(removeHeaderMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(removeHeaderMapper, [{ id: 1, messages: talk("h\\part{P}") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("\\part{P}") }]);
  });
});
