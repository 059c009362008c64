import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { characterRepetitionFilter } from "./character-repetition.ts";

describe("character_repetition_filter", () => {
  it.each(goldenCases("character_repetition_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(characterRepetitionFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("does not confuse n-grams whose hashes are equal, and counts code points", async () => {
    const [same, emoji] = await runFilter(characterRepetitionFilter, ["abab".repeat(10), "😀😁".repeat(20)], {
      rep_len: 2,
    });
    expect(same?.stats).toEqual({ char_rep_ratio: 20 / 39 });
    expect(emoji?.stats).toEqual(same?.stats);
  });
});
