import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runMapper } from "../testing/ready.ts";
import { removeLongWordsMapper } from "./remove-long-words.ts";

describe("remove_long_words_mapper", () => {
  it.each(goldenCases("remove_long_words_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(removeLongWordsMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("removes everything where no length will do", async () => {
    expect(await runMapper(removeLongWordsMapper, ["a bb ccc"], { min_len: 3, max_len: 2 })).toEqual([{ text: "" }]);
  });
});
