import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { stopwordsFilter } from "./stopwords.ts";

describe("stopwords_filter", () => {
  it.each(goldenCases("stopwords_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(stopwordsFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("tells natural text from lists by the words of many languages", async () => {
    const texts = ["The cat sat on the mat because it was warm.", "lamp chair table sofa carpet"];
    expect((await runFilter(stopwordsFilter, texts)).map(({ keep }) => keep)).toEqual([true, false]);
    const [german] = await runFilter(stopwordsFilter, ["Der Hund und die Katze sind nicht im Haus."], { lang: "de" });
    expect(german?.keep).toBe(true);
    await expect(runFilter(stopwordsFilter, ["x"], { stopwords_dir: "/no/such" })).rejects.toThrow(/cannot be read/);
  });

  it("finds words of languages without spaces, with tokenization", async () => {
    const given = { stopwords_dir: "test/fixtures/word-lists", lang: "zh", min_ratio: 0.2 };
    const rows = ["今天没有天气"];
    expect((await runFilter(stopwordsFilter, rows, given))[0]?.stats).toEqual({ stopwords_ratio: 0 });
    const [words] = await runFilter(stopwordsFilter, rows, { ...given, tokenization: true });
    expect(words).toEqual({ stats: { stopwords_ratio: 1 / 3 }, keep: true });
  });
});
