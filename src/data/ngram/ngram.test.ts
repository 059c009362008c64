import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readNgramModel, type NgramModel } from "./model.ts";
import { createNgramTable } from "./ngram-table.ts";
import { cutSentences } from "./sentences.ts";
import { createNgramTrainer, type TrainerOptions } from "./train.ts";
import { trainNgramFiles } from "./train-files.ts";
import { writeNgramModel } from "./write-model.ts";

interface Golden {
  readonly tiny: readonly { readonly text: string; readonly score: number }[];
  readonly trained: readonly {
    readonly order: number;
    readonly prune: readonly number[];
    readonly counts: readonly number[];
    readonly discounts: readonly (readonly number[])[];
    readonly scores: readonly number[];
  }[];
}

const golden = JSON.parse(readFileSync("test/golden/ngram.json", "utf8")) as Golden;
const textsOf = (name: string): readonly string[] =>
  readFileSync(`assets/fables/${name}.jsonl`, "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly text: string }).text);
const wordsOf = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== "");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ngram-"));
});
afterAll(() => rm(folder, { recursive: true }));

const memory = { maxMemory: 2 ** 30 };

async function modelOf(
  sentences: readonly (readonly string[])[],
  options: Omit<TrainerOptions, "maxMemory">,
): Promise<NgramModel> {
  const trainer = createNgramTrainer({ ...options, ...memory });
  for (const sentence of sentences) trainer.add(sentence);
  const path = join(folder, "model.arpa");
  await writeNgramModel(path, trainer.finish());
  return readNgramModel(path);
}

describe("scores of an ARPA file", () => {
  it.each(golden.tiny)("are KenLM's: $text", async ({ text, score }) => {
    const model = await readNgramModel("test/fixtures/ngram/tiny.arpa");
    expect(model.scoreSentence(wordsOf(text))).toBeCloseTo(score, 5);
  });

  it("take unknown words for 10^-100 where there is no <unk>", async () => {
    const path = join(folder, "known.arpa");
    await writeFile(path, "\\data\\\nngram 1=3\n\n\\1-grams:\n-1 <s>\n-0.5 </s>\n-0.25 a\n\n\\end\\\n");
    const model = await readNgramModel(path);
    expect(model.scoreSentence(["a", "b"])).toBeCloseTo(-100.75, 4);
    expect(model.order).toBe(1);
  });
});

describe("training", () => {
  it.each(golden.trained)(
    "gives the scores of an independent computation: order $order, prune $prune",
    async ({ order, prune, counts, discounts, scores }) => {
      const path = join(folder, `fables-${order}.arpa`);
      const options = { order, prune, textKey: "text", overwrite: true, ...memory };
      const report = await trainNgramFiles(["assets/fables/train.jsonl"], path, options);
      // The oracle does not count <s>.
      expect(report.counts).toEqual(counts.map((count, i) => (i === 0 ? count + 1 : count)));
      expect(report).toMatchObject({ rows: 132, bad: 0, sentences: 132, fallbacks: [] });
      const model = await readNgramModel(path);
      for (const [i, text] of textsOf("held-out").entries()) {
        expect(model.scoreSentence(wordsOf(text))).toBeCloseTo(scores[i] as number, 4);
      }
      const trainer = createNgramTrainer({ order, prune, ...memory });
      for (const text of textsOf("train")) trainer.add(wordsOf(text));
      for (const [i, made] of trainer.finish().orders.entries()) {
        for (const [k, discount] of made.discounts.entries()) {
          expect(discount).toBeCloseTo(discounts[i]?.[k] as number, 7);
        }
      }
    },
  );

  it.each([
    [2, []],
    [3, []],
    [4, []],
    [3, [0, 0, 1]],
    [4, [0, 1, 1, 2]],
  ])("gives probabilities that sum to 1 after every context: order %i, prune %j", async (order, prune) => {
    const sentences = textsOf("train")
      .slice(0, 12)
      .map((text) => wordsOf(text).slice(0, 60));
    const model = await modelOf(sentences, { order, prune });
    const words = [...new Set(sentences.flat()), "</s>", "<unk>"];
    const contexts = sentences
      .slice(0, 4)
      .flatMap((sentence) => [0, 1, 2, 5, 17, 30].map((end) => sentence.slice(Math.max(0, end - order), end)));
    for (const context of [...contexts, ["never", "seen"], [words[3] as string, words[90] as string]]) {
      const sum = words.reduce((total, word) => total + 10 ** model.scoreWord(context, word), 0);
      expect(sum, context.join(" ")).toBeCloseTo(1, 4);
    }
  });

  it("predicts held-out text better than add-k of any k, and trigrams better than bigrams", async () => {
    const [train, heldOut] = [textsOf("train").map(wordsOf), textsOf("held-out").map(wordsOf)];
    const perplexity = (score: (words: readonly string[]) => number): number => {
      const tokens = heldOut.reduce((total, words) => total + words.length + 1, 0);
      return 10 ** (-heldOut.reduce((total, words) => total + score(words), 0) / tokens);
    };
    const [bigrams, trigrams] = [await modelOf(train, { order: 2 }), await modelOf(train, { order: 3 })];
    const [two, three] = [perplexity(bigrams.scoreSentence), perplexity(trigrams.scoreSentence)];
    const baseline = Math.min(...[1, 0.1, 0.01, 0.001].map((k) => perplexity(addK(train, k))));
    expect(three).toBeLessThan(two);
    expect(two).toBeLessThan(baseline / 2);
  });

  it("falls back to fixed discounts when there is too little text, and still sums to 1", async () => {
    const trainer = createNgramTrainer({ order: 3, ...memory });
    trainer.add(["a", "b"]);
    expect(trainer.finish().orders.map(({ fallback }) => fallback)).toEqual([true, true, true]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 6 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 3 }),
        async (sentences, context) => {
          fc.pre(sentences.some((sentence) => sentence.length > 0));
          const model = await modelOf(sentences, { order: 3 });
          const words = [...new Set(sentences.flat()), "</s>", "<unk>"];
          const sum = words.reduce((total, word) => total + 10 ** model.scoreWord(context, word), 0);
          expect(sum).toBeCloseTo(1, 4);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("writes any text so that it is read again as the same model", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc
        .array(fc.constantFrom("a", "\uFEFF", "\uD83D", "\\1-grams:", "\u00A0", "\0", "ngram", "-1.5", "<s>"), {
          maxLength: 8,
        })
        .map((words) => words.join(" ")),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 6 }), async (texts) => {
        const sentences = [...texts, "word"].flatMap((each) => cutSentences(each));
        const trainer = createNgramTrainer({ order: 3, ...memory });
        for (const sentence of sentences) trainer.add(sentence);
        const trained = trainer.finish();
        const path = join(folder, "any.arpa");
        await writeNgramModel(path, trained);
        const model = await readNgramModel(path);
        expect(model.counts).toEqual(trained.orders.map(({ size }) => size));
        for (const sentence of sentences) expect(model.scoreSentence(sentence)).toBeGreaterThan(-100);
      }),
      { numRuns: 100 },
    );
  });

  it("passes over marks of the model that are words of a text", () => {
    const trainer = createNgramTrainer({ order: 2, ...memory });
    trainer.add(["<s>", "a", "</s>", "<unk>", "b"]);
    const model = trainer.finish();
    expect(model.words).toBe(2);
    expect(model.vocabulary).toEqual(["<unk>", "<s>", "</s>", "a", "b"]);
  });

  it("ends when the memory is used up, and without words", () => {
    const trainer = createNgramTrainer({ order: 3, maxMemory: 2 ** 20 });
    const fill = (): void => {
      for (let i = 0; i < 100_000; i++) trainer.add([`w${i}`, `v${i}`]);
    };
    expect(fill).toThrow(/E_DATA_NGRAM: sentence \d+: the n-grams need more than the 1 MiB.*Raise max_memory/s);
    expect(() => createNgramTrainer({ order: 3, ...memory }).finish()).toThrow(/E_DATA_NGRAM.*no words/s);
  });

  it("counts and shows rows without text, reads other columns, and packs the file", async () => {
    const rows = join(folder, "rows.jsonl");
    await writeFile(rows, '{"story":"a b c"}\n{"other":1}\nbroken\n{"story":"a b d"}\n');
    const path = join(folder, "packed.arpa.gz");
    const report = await trainNgramFiles([rows], path, { order: 2, textKey: "story", ...memory });
    expect(report).toMatchObject({ rows: 4, bad: 2, sentences: 2, words: 6, fallbacks: [1, 2] });
    expect(report.firstBad).toMatch(/rows.jsonl:2.*no text/);
    expect([...(await readFile(path)).subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    const model = await readNgramModel(path);
    expect(model.counts).toEqual(report.counts);
    expect(model.scoreSentence(["a", "b", "c"])).toBeGreaterThan(model.scoreSentence(["c", "b", "a"]));
  });
});

describe("sentences", () => {
  it("are whole texts, cut only at separators inside of words", () => {
    expect(cutSentences("one two\nthree\tfour")).toEqual([["one", "two", "three", "four"]]);
    expect(cutSentences("page\fnext \u2028 x")).toEqual([["page"], ["next"], ["x"]]);
    expect(cutSentences(" \n")).toEqual([]);
    expect(cutSentences("half \uD83D")).toEqual([["half", "\uFFFD"]]);
    expect(cutSentences("ab", (text) => [...text])).toEqual([["a", "b"]]);
  });
});

describe("the table of n-grams", () => {
  it("numbers pairs as a Map does", () => {
    const pair = fc.tuple(fc.nat(50), fc.nat(50));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 3000 }), (pairs) => {
        const table = createNgramTable(1);
        const map = new Map<string, number>();
        for (const [parent, word] of pairs) {
          const key = `${parent} ${word}`;
          expect(table.find(parent, word)).toBe(map.get(key) ?? -1);
          if (!map.has(key)) map.set(key, map.size);
          expect(table.insert(parent, word)).toBe(map.get(key));
        }
        expect(table.size()).toBe(map.size);
        for (const [key, entry] of map) expect(`${table.parentOf(entry)} ${table.wordOf(entry)}`).toBe(key);
      }),
      { numRuns: 30 },
    );
  });
});

/** Bigrams with k added to every count. */
function addK(train: readonly (readonly string[])[], k: number): (words: readonly string[]) => number {
  const counts = new Map<string, number>();
  const count = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  const vocabulary = new Set(train.flat());
  for (const words of train) {
    const all = ["<s>", ...words, "</s>"];
    for (const [i, word] of all.slice(1).entries()) {
      count(all[i] as string);
      count(`${all[i]} ${word}`);
    }
  }
  const known = (word: string): string => (vocabulary.has(word) ? word : "<unk>");
  return (words) => {
    const all = ["<s>", ...words.map(known), "</s>"];
    return all.slice(1).reduce((total, word, i) => {
      const before = all[i] as string;
      const found = (counts.get(`${before} ${word}`) ?? 0) + k;
      return total + Math.log10(found / ((counts.get(before) ?? 0) + k * (vocabulary.size + 2)));
    }, 0);
  };
}
