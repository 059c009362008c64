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

  it("is not certain of what is in no language, or in two", () => {
    expect(keptShare(ofKind("code", "table", "numbers", "symbols", "gibberish", "empty", "blank"))).toBe(0);
    expect(keptShare(ofKind("two languages"))).toBe(0);
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
    expect(alone?.keep).toBe(true);
    expect(mixed?.keep).toBe(false);
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
    await expect(runFilter(languageIdScoreFilter, ["x"], { lang: ["en", "id"] })).rejects.toThrow(
      /E_DATA_OPERATOR: language_id_score_filter.lang.*"id" cannot be told/s,
    );
  });
});
