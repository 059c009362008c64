import { describe, expect, it } from "vitest";
import { scorerCases } from "../testing/golden.ts";
import { plainTools, runFilter } from "../testing/ready.ts";
import { fakeScorer } from "../testing/scorer.ts";
import { instructionFollowingDifficultyFilter as operator } from "./instruction-following-difficulty.ts";

describe("instruction_following_difficulty_filter", () => {
  it.each(scorerCases("instruction_following_difficulty_filter"))(
    "asks and decides as Data-Juicer: $args",
    async (golden) => {
      const results = await runFilter(operator, golden.rows, golden.args, fakeScorer().tools);
      for (const [i, { stats }] of results.entries()) {
        expect(stats["ifd_score"]).toBeCloseTo(golden.stats?.[i]?.["ifd_score"] as number, 8);
      }
      expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
    },
  );

  it("asks for the response after the query and alone, in one call", async () => {
    const { tools, calls } = fakeScorer();
    const row = {
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Yes" },
      ],
    };
    const [result] = await runFilter(operator, [row], {}, tools);
    expect(calls).toEqual([
      [
        { prompt: "Hi", text: " Yes" },
        { prompt: "", text: "Yes" },
      ],
    ]);
    // (2 + 6) / 4 over (2 + 3) / 4
    expect(result?.stats).toEqual({ ifd_score: 8 / 4 / (5 / 4) });
  });

  it("calls rows bad that have no query, or a response that is certain", async () => {
    await expect(runFilter(operator, ["text"], {}, fakeScorer().tools)).rejects.toThrow(/E_DATA_ROW.*no query/s);
    const certain = {
      ...plainTools,
      score: async (items: readonly unknown[]) => items.map(() => ({ nll: 0, tokens: 1 })),
    };
    const row = { query: "a", response: "b" };
    const args = { query_template: "{query}", response_template: "{response}" };
    await expect(runFilter(operator, [row], args, certain)).rejects.toThrow(/E_DATA_ROW.*no ratio/s);
  });

  it("needs a scorer", async () => {
    await expect(runFilter(operator, ["x"])).rejects.toThrow(/E_DATA_OPERATOR.*no model that scores/s);
  });
});
