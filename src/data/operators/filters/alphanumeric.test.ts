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

  it("counts letters for each token, as token_num_filter counts tokens", async () => {
    const args = { tokenization: true, hf_tokenizer: "assets/stories260k", min_ratio: 3 };
    const results = await runFilter(
      alphanumericFilter,
      ["Once upon a time", "", "Lily and Ben are friends. 你好"],
      args,
    );
    expect(results.map(({ stats }) => stats)).toEqual([
      { alpha_token_ratio: 13 / 4 },
      { alpha_token_ratio: 0 },
      { alpha_token_ratio: 22 / 16 },
    ]);
    expect(results.map(({ keep }) => keep)).toEqual([true, false, false]);
    const without = runFilter(alphanumericFilter, ["x"], { tokenization: true });
    await expect(without).rejects.toThrow(/E_DATA_OPERATOR: alphanumeric_filter.hf_tokenizer/);
  });
});
