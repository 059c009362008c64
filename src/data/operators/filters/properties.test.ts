/** What holds of every rule-based filter of texts, whatever the text. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FilterOperator, StatValue } from "../operator.ts";
import { createSample } from "../sample.ts";
import { readyOf } from "../testing/ready.ts";
import { codePointsOf, countNgrams } from "../text/ngrams.ts";
import { alphanumericFilter } from "./alphanumeric.ts";
import { averageLineLengthFilter } from "./average-line-length.ts";
import { characterRepetitionFilter } from "./character-repetition.ts";
import { flaggedWordsFilter } from "./flagged-words.ts";
import { filters } from "./index.ts";
import { maximumLineLengthFilter } from "./maximum-line-length.ts";
import { specialCharactersFilter } from "./special-characters.ts";
import { stopwordsFilter } from "./stopwords.ts";
import { textLengthFilter } from "./text-length.ts";
import { wordRepetitionFilter } from "./word-repetition.ts";
import { wordsNumFilter } from "./words-num.ts";

/** With the name of its range and its statistic. */
const measured: readonly (readonly [string, FilterOperator, string, string])[] = [
  [alphanumericFilter, "ratio", "alnum_ratio"],
  [specialCharactersFilter, "ratio", "special_char_ratio"],
  [characterRepetitionFilter, "ratio", "char_rep_ratio"],
  [wordRepetitionFilter, "ratio", "word_rep_ratio"],
  [stopwordsFilter, "ratio", "stopwords_ratio"],
  [flaggedWordsFilter, "ratio", "flagged_words_ratio"],
  [averageLineLengthFilter, "len", "avg_line_length"],
  [maximumLineLengthFilter, "len", "max_line_length"],
  [textLengthFilter, "len", "text_len"],
  [wordsNumFilter, "num", "num_words"],
].map(([operator, range, stat]) => [
  (operator as FilterOperator).name,
  operator as FilterOperator,
  range as string,
  stat as string,
]);
const ratios = measured.filter(([, , range]) => range === "ratio");

/** Texts of words, line ends, repeats, any characters and halves of surrogate pairs. */
const anyText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(
      fc.constantFrom("the", "cat", "shit", "数据", "😀", "\n", "\r\n", "\u2028", "  ", "\t", "!", "12", "\ud83d"),
      {
        maxLength: 60,
      },
    )
    .map((parts) => parts.join(" ")),
);

async function valueOf(operator: FilterOperator, stat: string, text: string): Promise<number> {
  const filter = await readyOf(operator);
  const stats: Readonly<Record<string, StatValue>> = await filter.measure(createSample({ text }, "rows.jsonl:1"));
  return stats[stat] as number;
}

describe("filters of texts", () => {
  it.each(ratios)("%s measures a share, from 0 to 1", async (_name, operator, _range, stat) => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const value = await valueOf(operator, stat, text);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }),
    );
  });

  it.each(measured)(
    "%s reversed keeps what it drops, but for the bounds themselves",
    async (_name, operator, range, stat) => {
      const top = range === "ratio" ? 1 : 60;
      const bound = range === "ratio" ? fc.double({ min: 0, max: top, noNaN: true }) : fc.integer({ min: 0, max: top });
      await fc.assert(
        fc.asyncProperty(anyText, bound, bound, fc.boolean(), async (text, a, b, closed) => {
          const given = {
            [`min_${range}`]: Math.min(a, b),
            [`max_${range}`]: Math.max(a, b),
            min_closed_interval: closed,
            max_closed_interval: closed,
          };
          const [plain, reversed] = [
            await readyOf(operator, given),
            await readyOf(operator, { ...given, reversed_range: true }),
          ];
          const sample = createSample({ text }, "rows.jsonl:1");
          const stats = await plain.measure(sample);
          const value = stats[stat] as number;
          expect(await reversed.measure(sample)).toEqual(stats);
          const isBound = value === a || value === b;
          expect(reversed.keep(stats, sample)).toBe(isBound ? closed : !plain.keep(stats, sample));
          if (isBound) expect(plain.keep(stats, sample)).toBe(closed);
        }),
      );
    },
  );

  it("measure lengths that fit each other", async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (a, b) => {
        const length = await valueOf(textLengthFilter, "text_len", a);
        expect(length).toBe(Array.from(a).length);
        const longest = await valueOf(maximumLineLengthFilter, "max_line_length", a);
        expect(longest).toBeLessThanOrEqual(length);
        const words = await valueOf(wordsNumFilter, "num_words", a);
        expect(words).toBeLessThanOrEqual(length);
        const both = await valueOf(wordsNumFilter, "num_words", `${a}\n${b}`);
        expect(both).toBe(words + (await valueOf(wordsNumFilter, "num_words", b)));
      }),
    );
  });

  it("declare the statistics that they measure", () => {
    for (const { name, stats } of filters) {
      expect(new Set(stats).size, name).toBe(stats.length);
      expect(
        stats.every((stat) => /^[a-z_]+$/.test(stat)),
        name,
      ).toBe(true);
    }
  });
});

describe("counts of n-grams", () => {
  it("are those of a Map", () => {
    const text = fc.oneof(anyText, fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 200 }));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 12 }), (given, n) => {
        const { sequence, length } = codePointsOf(given);
        const { total, distinct, repeated } = countNgrams(sequence, length, n);
        const characters = Array.from(given);
        const map = new Map<string, number>();
        for (let i = 0; i + n <= characters.length; i++) {
          const gram = characters.slice(i, i + n).join("|");
          map.set(gram, (map.get(gram) ?? 0) + 1);
        }
        const counts = [...map.values()];
        expect(total).toBe(counts.reduce((a, b) => a + b, 0));
        expect(distinct).toBe(map.size);
        expect([...repeated].sort((a, b) => a - b)).toEqual(counts.filter((count) => count > 1).sort((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });
});
