import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { wordsNumFilter } from "./words-num.ts";

describe("words_num_filter", () => {
  it.each(goldenCases("words_num_filter"))("counts and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(wordsNumFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("leaves the case of words as it is, unlike filters of lists of words", async () => {
    // ø is one of the special characters, Ø is not.
    const [result] = await runFilter(wordsNumFilter, [{ text: "Ø ø one 12 Øø" }]);
    expect(result?.stats).toEqual({ num_words: 3 });
  });

  it("reads the texts of a conversation as one", async () => {
    const messages = [
      { role: "user", content: "one two" },
      { role: "assistant", content: "three" },
    ];
    const [result] = await runFilter(wordsNumFilter, [{ messages }]);
    expect(result).toEqual({ stats: { num_words: 3 }, keep: false });
  });

  it("counts the words of languages without spaces, with tokenization", async () => {
    const rows = ["今天没有天气", "Don't stop, really!"];
    const counts = async (args: Readonly<Record<string, unknown>>) =>
      (await runFilter(wordsNumFilter, rows, args)).map(({ stats }) => stats["num_words"]);
    expect(await counts({})).toEqual([1, 3]);
    expect(await counts({ tokenization: true, lang: "zh" })).toEqual([3, 3]);
  });
});
