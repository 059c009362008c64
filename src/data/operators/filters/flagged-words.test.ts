import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { flaggedWordsFilter } from "./flagged-words.ts";

describe("flagged_words_filter", () => {
  it.each(goldenCases("flagged_words_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(flaggedWordsFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("has a list of its own, and says which languages are in it", async () => {
    const [row] = await runFilter(flaggedWordsFilter, ["what a load of shit"]);
    expect(row).toEqual({ stats: { flagged_words_ratio: 0.2 }, keep: false });
    await expect(runFilter(flaggedWordsFilter, ["x"], { lang: "enn" })).rejects.toThrow(
      /language "enn", only of en. Did you mean en/,
    );
  });

  it("finds words of languages without spaces, with tokenization", async () => {
    const given = { flagged_words_dir: "test/fixtures/word-lists", lang: "zh" };
    const rows = ["今天没有天气"];
    const [blanks] = await runFilter(flaggedWordsFilter, rows, given);
    const [words] = await runFilter(flaggedWordsFilter, rows, { ...given, tokenization: true });
    expect(blanks).toEqual({ stats: { flagged_words_ratio: 0 }, keep: true });
    expect(words).toEqual({ stats: { flagged_words_ratio: 1 / 3 }, keep: false });
  });
});
