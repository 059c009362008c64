import { describe, expect, it } from "vitest";
import { createSample } from "../sample.ts";
import { plainTools, readyOf, runFilter } from "../testing/ready.ts";
import { fakeEmbedder } from "../testing/scorer.ts";
import { textEmbdSimilarityFilter as operator } from "./text-embd-similarity.ts";

const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0) / (Math.hypot(...a) * Math.hypot(...b));

describe("text_embd_similarity_filter", () => {
  it("is the mean of the cosines to the rows of the task", async () => {
    const { tools } = fakeEmbedder();
    const given = { valid_dataset: [{ text: "aa" }, { text: "b" }], min_score: 0.6 };
    const results = await runFilter(operator, ["a", "bbb", "xyz"], given, tools);
    const task = [
      [2, 0, 1],
      [0, 1, 1],
    ] as const;
    const expected = [
      [1, 0, 1],
      [0, 3, 1],
      [0, 0, 1],
    ].map((vector) => (cosine(vector, task[0]) + cosine(vector, task[1])) / 2);
    for (const [i, { stats }] of results.entries()) {
      expect(stats["text_embd_similarity"]).toBeCloseTo(expected[i] as number, 6);
    }
    expect(results.map(({ keep }) => keep)).toEqual(expected.map((score) => score >= 0.6));
    expect(new Set(results.map(({ keep }) => keep)).size).toBe(2);
  });

  it("embeds what the template makes of columns, or of the messages of a row without them", async () => {
    const { tools, calls } = fakeEmbedder();
    const chat = {
      messages: [
        { role: "user", content: "who" },
        { role: "assistant", content: "me" },
      ],
    };
    const given = { valid_dataset: [{ q: "Q", a: "A" }, chat], input_template: "{q} / {a}" };
    await runFilter(operator, [{ q: 1, a: true }, chat], given, tools);
    expect(calls).toEqual([["Q / A", "who / me"], ["1 / True"], ["who / me"]]);
    const short = { messages: [{ role: "user", content: "who" }] };
    await expect(runFilter(operator, [short], given, tools)).rejects.toThrow(/E_DATA_ROW.*no column q/s);
  });

  it("embeds the first message by default, as Data-Juicer", async () => {
    const { tools, calls } = fakeEmbedder();
    const chat = {
      messages: [
        { role: "user", content: "who" },
        { role: "assistant", content: "me" },
      ],
    };
    await runFilter(operator, [chat, { story: "s" }], { valid_dataset: [{ story: "t" }], text_key: "story" }, tools);
    expect(calls).toEqual([["t"], ["who"], ["s"]]);
  });

  it("asks for rows that are under way together", async () => {
    const { tools, calls } = fakeEmbedder();
    const filter = await readyOf(operator, { valid_dataset: [{ text: "a" }] }, tools);
    await Promise.all(Array.from({ length: 20 }, (_, i) => filter.measure(createSample({ text: `${i}` }, "r:1"))));
    expect(calls.map((call) => call.length)).toEqual([1, 16, 4]);
  });

  it("takes a vector of zeros for unlike anything, and refuses vectors of other lengths", async () => {
    const zero = { ...plainTools, embed: async (texts: readonly string[]) => texts.map(() => new Float32Array(3)) };
    const given = { valid_dataset: [{ text: "a" }] };
    expect((await runFilter(operator, ["a"], given, zero))[0]).toEqual({
      stats: { text_embd_similarity: 0 },
      keep: false,
    });
    const uneven = {
      ...plainTools,
      embed: async (texts: readonly string[]) => texts.map((text) => new Float32Array(text.length)),
    };
    await expect(runFilter(operator, ["ab"], given, uneven)).rejects.toThrow(/E_DATA_ENDPOINT.*vector of 2.*of 1/s);
  });

  it("needs an embedder, and rows to compare with", async () => {
    await expect(runFilter(operator, ["x"], { valid_dataset: [{ text: "a" }] })).rejects.toThrow(
      /E_DATA_OPERATOR: text_embd_similarity_filter: the run has no model that embeds/,
    );
    await expect(runFilter(operator, ["x"], {}, fakeEmbedder().tools)).rejects.toThrow(/no rows to compare/);
  });
});
