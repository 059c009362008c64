import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { expandMacroMapper } from "./expand-macro.ts";

describe("expand_macro_mapper", () => {
  it.each(goldenCases("expand_macro_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(expandMacroMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("changes each text of a conversation", async () => {
    const talk = (text: string) => [
      { role: "user", content: text },
      { role: "assistant", content: [{ type: "text", text }] },
    ];
    const rows = await runMapper(expandMacroMapper, [{ id: 1, messages: talk("\\def\\a{b}\n\\a.") }]);
    expect(rows).toEqual([{ id: 1, messages: talk("\\defb{b}\nb.") }]);
  });

  it("writes values out as they are, whatever they would mean in a replacement", async () => {
    const text = "\\newcommand{\\a}{$& $1 \\1}\n\\a.";
    const [row] = await runMapper(expandMacroMapper, [{ text }]);
    expect(row).toEqual({ text: "\\newcommand{$& $1 \\1}{$& $1 \\1}\n$& $1 \\1." });
  });
});
