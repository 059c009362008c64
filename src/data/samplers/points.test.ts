import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { randomAt } from "../../base/random.ts";
import { pointsSampler } from "./points.ts";
import { repetitionOf } from "./repetition.ts";
import { topK } from "./mechanisms.ts";
import { complaints, sampleSet, selectWith } from "./testing/sample-set.ts";

const fables = (name: string): readonly string[] =>
  readFileSync(new URL(`../../../assets/fables/${name}.jsonl`, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly text: string }).text);

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[a-z']+|[.,;:!?]/g) ?? [];

/** Perplexity of a model of pairs of words, smoothed by the frequencies of words. */
function bigramModel(texts: readonly string[]): (text: string) => number {
  const [single, pairs] = [new Map<string, number>(), new Map<string, number>()];
  let total = 0;
  const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
  for (const text of texts) {
    const words = wordsOf(text);
    total += words.length;
    for (const [i, word] of words.entries()) {
      count(single, word);
      if (i > 0) count(pairs, `${words[i - 1]} ${word}`);
    }
  }
  return (text) => {
    const words = wordsOf(text);
    let sum = 0;
    for (let i = 1; i < words.length; i++) {
      const [before, word] = [words[i - 1] as string, words[i] as string];
      const alone = ((single.get(word) ?? 0) + 0.1) / (total + 0.1 * single.size);
      const seen = single.get(before) ?? 0;
      sum -= Math.log(((pairs.get(`${before} ${word}`) ?? 0) + 2 * alone) / (seen + 2));
    }
    return Math.exp(sum / Math.max(1, words.length - 1));
  };
}

/** Texts that go round in circles, made of frequent words. */
function degenerate(count: number): readonly string[] {
  const phrases = ["of the ", "and the ", "in the ", "he said to the ", "the lion . the lion . ", "to the wood . "];
  return Array.from({ length: count }, (_, i) => {
    const { integer } = randomAt(7, i);
    return (phrases[integer(phrases.length)] as string).repeat(20 + integer(20));
  });
}

const training = fables("train");
const real = fables("held-out")
  .concat(training.slice(0, 60))
  .flatMap((text) => text.match(/[\s\S]{300,400}[.!?]/g) ?? []);
const junk = degenerate(20);
const perplexity = bigramModel(training.slice(60));
const rows = [...real, ...junk].map((text) => ({ text, __dj__stats__: { perplexity: perplexity(text) } }));
const isJunk = (sample: number): boolean => sample >= real.length;

describe("repetitionOf", () => {
  it("is near 0 for prose and 1 for circles, also short ones", () => {
    expect(repetitionOf(training.join("\n"))).toBeLessThan(0.05);
    for (const text of training) expect(repetitionOf(text)).toBeLessThan(0.1);
    for (const text of [...junk, "ha ha ha ha ", "!!!!!!!!!"]) expect(repetitionOf(text)).toBe(1);
    expect(["", "Yes.", "Four."].map(repetitionOf)).toEqual([0, 0, 0]);
  });
});

describe("points", () => {
  it("leaves out the repeats that perplexity alone likes best", async () => {
    const scores = rows.map(({ __dj__stats__: stats }) => stats.perplexity);
    const naive = topK(scores, Math.round(0.2 * rows.length), { lowest: true });
    // The caution itself: most junk is among the lowest perplexities.
    expect(naive.filter(isJunk).length).toBeGreaterThanOrEqual(10);
    const { chosen, notes } = await selectWith(pointsSampler, sampleSet(rows), {});
    expect(chosen.length).toBe(naive.length);
    expect(chosen.filter(isJunk)).toEqual([]);
    expect(notes.at(-1)).toContain("20 repeat themselves");
    // Of the real texts those with the lowest perplexity are kept.
    const worst = Math.max(...chosen.map((sample) => scores[sample] as number));
    const better = scores.filter((score, sample) => !isJunk(sample) && score < worst).length;
    expect(better).toBe(chosen.length - 1);
  });

  it("cuts off the lowest end when that is asked for", async () => {
    const scores = rows.map(({ __dj__stats__: stats }) => stats.perplexity);
    const { chosen } = await selectWith(pointsSampler, sampleSet(rows), { cut_lowest: 0.1, max_repetition: 1 });
    const lowest = new Set(topK(scores, Math.round(0.1 * rows.length), { lowest: true }));
    expect(chosen.filter((sample) => lowest.has(sample))).toEqual([]);
    expect(chosen.length).toBe(Math.round(0.2 * rows.length));
  });

  it("refuses to pick the lowest perplexities with nothing beside them", () => {
    expect(complaints(pointsSampler, { max_repetition: 1 })["max_repetition"]).toContain("repeat themselves");
    expect(complaints(pointsSampler, {})).toEqual({});
    expect(complaints(pointsSampler, { max_repetition: 1, cut_lowest: 0.05 })).toEqual({});
    expect(complaints(pointsSampler, { ratio: 0.9, cut_lowest: 0.2 })).toHaveProperty("cut_lowest");
  });

  it("says when too few are left", async () => {
    const two = sampleSet([...junk.slice(0, 9).map((text) => ({ text, p: 1 })), { text: real[0], p: 2 }]);
    await expect(selectWith(pointsSampler, two, { score_key: "p", ratio: 0.5 })).rejects.toThrow(
      /E_DATA_SELECTION: points: 9 of 10 samples repeat themselves/,
    );
  });
});
