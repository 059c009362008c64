import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { alphanumericFilter } from "./alphanumeric.ts";

describe("alphanumeric_filter", () => {
  it.each(goldenCases("alphanumeric_filter"))("counts and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(alphanumericFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  // The tokens of these texts are counted in token-num.test.ts.
  it("counts letters for a token of a tokenizer", async () => {
    const args = { tokenization: true, hf_tokenizer: "assets/stories260k", min_ratio: 2 };
    const rows = ["Once upon a time", "", "Lily and Ben are friends. 你好"];
    const results = await runFilter(alphanumericFilter, rows, args);
    expect(results).toEqual([
      { stats: { alpha_token_ratio: 13 / 4 }, keep: true },
      { stats: { alpha_token_ratio: 0 }, keep: false },
      { stats: { alpha_token_ratio: 22 / 16 }, keep: false },
    ]);
    await expect(runFilter(alphanumericFilter, ["x"], { tokenization: true })).rejects.toThrow(
      /E_DATA_OPERATOR: alphanumeric_filter.hf_tokenizer/,
    );
  });
});
