import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { runFilter } from "../testing/ready.ts";
import { languageIdScoreFilter } from "./language-id-score.ts";

interface Entry {
  readonly kind: string;
  readonly language: string;
  readonly text: string;
  readonly fasttext: readonly [string, number];
}

const { texts } = JSON.parse(
  readFileSync(new URL("../../../../test/golden/language-id.json", import.meta.url), "utf8"),
) as { readonly texts: readonly Entry[] };

interface Measured extends Entry {
  readonly lang: string;
  readonly score: number;
}

let measured: readonly Measured[];

const ofKind = (...kinds: readonly string[]): readonly Measured[] =>
  measured.filter(({ kind }) => kinds.includes(kind));
const keptShare = (list: readonly Measured[]): number => list.filter(({ score }) => score >= 0.8).length / list.length;

describe("language_id_score_filter", () => {
  beforeAll(async () => {
    const results = await runFilter(
      languageIdScoreFilter,
      texts.map(({ text }) => text),
    );
    measured = texts.map((entry, i) => {
      const stats = results[i]?.stats;
      return { ...entry, lang: stats?.["lang"] as string, score: stats?.["lang_score"] as number };
    });
  });

  it("names the language of sentences in 30 languages", () => {
    const sentences = ofKind("sentence");
    expect(new Set(sentences.map(({ language }) => language)).size).toBe(30);
    expect(sentences.filter(({ lang, language }) => lang !== language)).toEqual([]);
  });

  it("decides as fastText on sentences at 0.8, in at least nine of ten", () => {
    const natural = ofKind("sentence", "conversation", "numbers in prose", "long");
    const same = natural.filter(({ score, fasttext }) => score >= 0.8 === fasttext[1] >= 0.8);
    expect(same.length / natural.length).toBeGreaterThanOrEqual(0.9);
    expect(keptShare(natural)).toBeGreaterThanOrEqual(0.9);
  });

  it("names what fastText names, and is never less certain of words", () => {
    for (const { lang, score, fasttext } of ofKind(
      "sentence",
      "conversation",
      "numbers in prose",
      "long",
      "two languages",
    )) {
      if (lang === fasttext[0]) expect(score).toBeGreaterThan(fasttext[1] - 1e-4);
    }
    const named = ofKind("sentence", "conversation", "numbers in prose", "long").filter(
      ({ lang, fasttext }) => lang !== fasttext[0],
    );
    expect(named).toEqual([]);
  });

  it("is not certain of what is in no language, and of two languages no more often than fastText", () => {
    expect(keptShare(ofKind("code", "table", "numbers", "symbols", "gibberish", "empty", "blank"))).toBe(0);
    const mixed = ofKind("two languages");
    expect(keptShare(mixed)).toBe(mixed.filter(({ fasttext }) => fasttext[1] >= 0.8).length / mixed.length);
  });

  it("keeps sentences with digits and signs, short lines, and those around code", async () => {
    const kept = async (lang: string, rows: readonly string[]): Promise<readonly string[]> =>
      (await runFilter(languageIdScoreFilter, rows, { lang })).flatMap(({ keep }, i) =>
        keep ? [] : [rows[i] as string],
      );
    const english = [
      "In 2023, revenue rose 12.3% to $1,234.5 million (2022: $1,099.8 million).",
      "Call 555-1234 or write to me at (212) 555-9876, ext. 42.",
      "Q: What is 12 + 30? A: 12 + 30 = 42.",
      "Solve 3x + 5 = 20 for x. First subtract 5 from both sides to get 3x = 15, then divide by 3 so that x = 5.",
      "Run this first:\n```js\nfor (let i = 0; i < n; i++) a[i] = b[i];\n```\nThen look at the result.",
    ];
    expect(await kept("en", english)).toEqual([]);
    const chineseTexts = [
      "我出生于2023年12月15日",
      "他的英文名字叫Harry Potter",
      "你好，请问你是谁",
      "欢迎来到阿里巴巴！",
      "北京",
      "2023年第三季度营收为1234.5亿元，同比增长12.3%。",
      "人人有權享有生命、自由和人身安全。",
    ];
    expect(await kept("zh", chineseTexts)).toEqual([]);
    expect(await kept("ja", ["何人も、自己の私事、家族、家庭", "東京は2024年5月1日に晴れました。"])).toEqual([]);
    expect(await kept("de", ["Am 3. Oktober 1990 wurde Deutschland wiedervereinigt."])).toEqual([]);
    expect(await kept("es", ["El 12 de octubre de 1492, Cristóbal Colón llegó a América."])).toEqual([]);
  });

  it("has no language for texts without letters", () => {
    for (const { lang, score } of ofKind("empty", "blank", "numbers", "symbols")) {
      expect({ lang, score }).toEqual({ lang: "", score: 0 });
    }
  });

  it("looks at all of a long text, not at its beginning alone", async () => {
    const english = ofKind("long")[0]?.text as string;
    const russian = ofKind("sentence")
      .find(({ language }) => language === "ru")
      ?.text.repeat(20) as string;
    const [alone, mixed] = await runFilter(languageIdScoreFilter, [english, `${english}\n${russian}`]);
    expect(alone?.stats["lang"]).toBe("en");
    expect(mixed?.stats["lang"]).toBe("ru");
  });

  it("keeps languages that are asked for, with bounds open or closed and reversed", async () => {
    const rows = [ofKind("sentence")[0], ofKind("sentence").find(({ language }) => language === "fr")].map(
      (entry) => entry?.text as string,
    );
    const keeps = async (args: Readonly<Record<string, unknown>>) =>
      (await runFilter(languageIdScoreFilter, rows, args)).map(({ keep }) => keep);
    expect(await keeps({ lang: "en" })).toEqual([true, false]);
    expect(await keeps({ lang: ["en", "fr"] })).toEqual([true, true]);
    expect(await keeps({ lang: ["de", "fr"] })).toEqual([false, true]);
    expect(await keeps({ lang: [] })).toEqual([true, true]);
    expect(await keeps({ lang: "en", reversed_range: true })).toEqual([false, false]);
    expect(await keeps({ min_score: 1.5, reversed_range: true })).toEqual([true, true]);
    const [english] = await runFilter(languageIdScoreFilter, rows);
    const certainty = english?.stats["lang_score"];
    expect(await keeps({ min_score: certainty, lang: "en" })).toEqual([true, false]);
    expect(await keeps({ min_score: certainty, lang: "en", min_closed_interval: false })).toEqual([false, false]);
  });

  it("refuses languages that it cannot tell", async () => {
    await expect(runFilter(languageIdScoreFilter, ["x"], { lang: ["en", "xx"] })).rejects.toThrow(
      /E_DATA_OPERATOR: language_id_score_filter.lang.*"xx" cannot be told/s,
    );
  });
});
