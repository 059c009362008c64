import { describe, expect, it } from "vitest";
import { readyOf, runMapper } from "../testing/ready.ts";
import { sentenceSplitMapper } from "./sentence-split.ts";

/** Data-Juicer asks a model of NLTK that it downloads: there is no golden; these are sentences as readers see them. */
describe("sentence_split_mapper", () => {
  it.each([
    ["en", "Smithfield is a town. It has a mayor! Has it? Yes.", 4],
    ["en", "Dr. Who met Mr. Smith. They spoke.", 2],
    ["en", "J. R. R. Tolkien wrote it. It is long.", 2],
    ["en", 'He said "Stop." Then he left.', 2],
    ["en", "Pi is 3.14 and e is 2.718. See Fig. 2 for both.", 2],
    ["en", "Use tools, e.g. a hammer. Or i.e. this.", 2],
    ["en", "One line\nand another line. The end.", 3],
    ["en", "Wait... What?", 2],
    ["de", "Er kam z.B. gestern. Prof. Meier ging.", 2],
    ["fr", "M. Dupont arrive. Il est l\u00E0 !", 2],
    ["zh", "\u4ECA\u5929\u5929\u6C14\u771F\u597D\u3002\u6211\u4EEC\u8D70\u5427\uFF01", 2],
    ["en", "no end", 1],
  ])("%s: %s", async (lang, text, count) => {
    const [row] = await runMapper(sentenceSplitMapper, [text], { lang });
    const lines = String(row?.["text"]).split("\n");
    expect(lines).toHaveLength(count);
    expect(lines.every((line) => line !== "" && line === line.trim())).toBe(true);
    expect(lines.join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
  });

  it.each(["", " ", "\n\n"])("has nothing to split in %j", async (text) => {
    expect(await runMapper(sentenceSplitMapper, [text])).toEqual([{ text: "" }]);
  });

  it("changes each text of a conversation", async () => {
    const messages = [{ role: "user", content: "Hi. Ho." }];
    expect(await runMapper(sentenceSplitMapper, [{ messages }])).toEqual([
      { messages: [{ role: "user", content: "Hi.\nHo." }] },
    ]);
  });

  it("joins nothing over the end of a line", async () => {
    expect(await runMapper(sentenceSplitMapper, ["It was Mr.\nSmith.\r\n\r\nDr. No."])).toEqual([
      { text: "It was Mr.\nSmith.\nDr. No." },
    ]);
  });

  it("is quick on a text of nothing but initials", async () => {
    const text = "A. ".repeat(20_000);
    const [row] = await runMapper(sentenceSplitMapper, [{ text }]);
    expect(row).toEqual({ text: text.trim() });
  });

  it("refuses what is no language", async () => {
    const problem = 'sentence_split_mapper.lang: "no language" is no language.';
    await expect(readyOf(sentenceSplitMapper, { lang: "no language" })).rejects.toThrow(problem);
  });

  it("says that it differs", () => {
    expect(sentenceSplitMapper.differs).toContain("NLTK");
    expect(sentenceSplitMapper.schema.safeParse({ lang: "e" }).success).toBe(false);
  });
});
