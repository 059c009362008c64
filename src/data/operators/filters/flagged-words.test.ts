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
      /language "enn", only of en, ar, .*. Did you mean en/,
    );
  });

  // tests/ops/filter/test_flagged_words_filter.py of Data-Juicer 1.6.1, with the lists that it downloads.
  it("keeps what Data-Juicer's own tests keep", async () => {
    const kept = async (rows: readonly string[], args: Readonly<Record<string, unknown>>) =>
      (await runFilter(flaggedWordsFilter, rows, { max_ratio: 0.045, ...args })).map(({ keep }) => keep);
    const english = [
      "Today is anal cumshot day",
      "Fuck you doggystyle!",
      "，。、„”“«»１」「《》´∶：？！（）；–—．～’…━〈〉【】％►",
      "Do you need a cup of coffee?",
      "emoji表情测试下😊，😸31231\n",
    ];
    expect(await kept(english, { lang: "en" })).toEqual([false, false, true, true, true]);
    const chinese = [
      "你是个卖淫女",
      "根据算子使用情况增量安装方案确定",
      "去除字母、数字、下划线占比过低或过高的代码",
      "基于前一步结果，除掉打飞机、三级片等敏感词",
      "使用片段分词器对每个页面进行分词，使用语言模型计算每个段落的困惑度得分，由此过滤低质量文本",
    ];
    const args = { lang: "zh", tokenization: true, use_words_aug: true };
    expect(await kept(chinese, args)).toEqual([false, true, true, false, true]);
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
