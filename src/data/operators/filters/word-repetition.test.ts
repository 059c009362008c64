import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { wordRepetitionFilter } from "./word-repetition.ts";

describe("word_repetition_filter", () => {
  it.each(goldenCases("word_repetition_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(wordRepetitionFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("finds repeated words in languages without spaces, with tokenization", async () => {
    const rows = ["今天天气很好今天天气很好今天天气很好"];
    const [blanks] = await runFilter(wordRepetitionFilter, rows, { rep_len: 2 });
    const [words] = await runFilter(wordRepetitionFilter, rows, { rep_len: 2, tokenization: true });
    expect(blanks).toEqual({ stats: { word_rep_ratio: 0 }, keep: true });
    expect(words).toEqual({ stats: { word_rep_ratio: 1 }, keep: false });
  });
});
