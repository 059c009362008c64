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
});
