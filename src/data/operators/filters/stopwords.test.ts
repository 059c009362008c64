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

  // tests/ops/filter/test_stopwords_filter.py of Data-Juicer 1.6.1, with the lists that it downloads.
  it("keeps what Data-Juicer's own tests keep", async () => {
    const kept = async (rows: readonly string[], args: Readonly<Record<string, unknown>>) =>
      (await runFilter(stopwordsFilter, rows, args)).map(({ keep }) => keep);
    const english = [
      "Today is Sunday and it's a happy day!",
      "Today is Sund Sund Sund Sund Sunda and it's a happy day!",
      "a v s e c s f e f g a qkc",
      "，。、„”“«»１」「《》´∶：？！（）；–—．～’…━〈〉【】％►",
      "Do you need a cup of coffee?",
    ];
    expect(await kept(english, { lang: "en", min_ratio: 0.3 })).toEqual([true, true, false, false, true]);
    const chinese = [
      "你好，请问你是谁",
      "字母、数字、下划线、占比、代码",
      "基于前一步结果，在同一个聚类中找出那些过长文档为假正例，暂不进行滤除",
      "使用片段分词器对每个页面进行分词，使用语言模型计算每个段落的困惑度得分，由此过滤低质量文本",
    ];
    const args = { lang: "zh", tokenization: true, min_ratio: 0.2, use_words_aug: true };
    expect(await kept(chinese, args)).toEqual([true, false, true, true]);
  });

  it("finds words of languages without spaces, with tokenization", async () => {
    const given = { stopwords_dir: "test/fixtures/word-lists", lang: "zh", min_ratio: 0.2 };
    const rows = ["今天没有天气"];
    expect((await runFilter(stopwordsFilter, rows, given))[0]?.stats).toEqual({ stopwords_ratio: 0 });
    const [words] = await runFilter(stopwordsFilter, rows, { ...given, tokenization: true });
    expect(words).toEqual({ stats: { stopwords_ratio: 1 / 3 }, keep: true });
  });
});
