import { describe, expect, it } from "vitest";
import { createSample } from "../sample.ts";
import { scorerCases } from "../testing/golden.ts";
import { readyOf, runFilter } from "../testing/ready.ts";
import { fakeScorer } from "../testing/scorer.ts";
import { llmPerplexityFilter } from "./llm-perplexity.ts";

describe("llm_perplexity_filter", () => {
  it.each(scorerCases("llm_perplexity_filter"))("asks and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(llmPerplexityFilter, golden.rows, golden.args, fakeScorer().tools);
    for (const [i, { stats }] of results.entries()) {
      expect(stats["llm_perplexity"]).toBeCloseTo(golden.stats?.[i]?.["llm_perplexity"] as number, 8);
    }
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("scores the response alone, after all that comes before it, with the space between them", async () => {
    const { tools, calls } = fakeScorer();
    const rows = [
      { text: " Once upon a time. \n" },
      {
        messages: [
          { role: "user", content: "Hi " },
          { role: "assistant", content: " Hello." },
        ],
      },
      {
        conversations: [
          { from: "human", value: "A?" },
          { from: "gpt", value: "B." },
        ],
      },
    ];
    await runFilter(llmPerplexityFilter, rows, {}, tools);
    expect(calls.flat()).toEqual([
      { prompt: "", text: "Once upon a time." },
      { prompt: "Hi  ", text: " Hello." },
      { prompt: "A?", text: " B." },
    ]);
  });

  it("asks for rows that are under way at one time together, 16 in a call", async () => {
    const { tools, calls } = fakeScorer();
    const filter = await readyOf(llmPerplexityFilter, {}, tools);
    const texts = Array.from({ length: 40 }, (_, i) => `text ${i}`);
    const stats = await Promise.all(texts.map((text) => filter.measure(createSample({ text }, "rows.jsonl:1"))));
    expect(calls.map((call) => call.length)).toEqual([16, 16, 8]);
    expect(calls.flat().map(({ text }) => text)).toEqual(texts);
    const alone = await runFilter(llmPerplexityFilter, texts, {}, fakeScorer().tools);
    expect(stats).toEqual(alone.map((result) => result.stats));
  });

  it("calls a row bad that has no response", async () => {
    for (const row of [
      "",
      " \n",
      {
        messages: [
          { role: "user", content: "Hi" },
          { role: "assistant", content: "" },
        ],
      },
    ]) {
      await expect(runFilter(llmPerplexityFilter, [row], {}, fakeScorer().tools)).rejects.toThrow(
        /E_DATA_ROW.*no response/s,
      );
    }
  });

  it("passes on what is wrong with the model", async () => {
    const tools = { ...fakeScorer().tools, score: async () => Promise.reject(new Error("it is down")) };
    await expect(runFilter(llmPerplexityFilter, ["x"], {}, tools)).rejects.toThrow("it is down");
    const short = { ...fakeScorer().tools, score: async () => [] };
    await expect(runFilter(llmPerplexityFilter, ["x"], {}, short)).rejects.toThrow(
      "internal: 1 questions were asked, 0",
    );
  });

  it("needs a scorer, and templates that can be read", async () => {
    await expect(runFilter(llmPerplexityFilter, ["x"])).rejects.toThrow(
      /E_DATA_OPERATOR: llm_perplexity_filter: the run has no model/,
    );
    const { tools } = fakeScorer();
    for (const response_template of ["{}", "{a!r}", "{a:>3}", "{a.b}", "{", "a}"]) {
      await expect(runFilter(llmPerplexityFilter, ["x"], { response_template }, tools)).rejects.toThrow(
        /E_DATA_OPERATOR: llm_perplexity_filter.response_template, column \d.*names no column/s,
      );
    }
    await expect(runFilter(llmPerplexityFilter, ["x"], { response_template: "{answer}" }, tools)).rejects.toThrow(
      /E_DATA_ROW: rows.jsonl:1: answer: there is no column answer/,
    );
  });

  it("writes values into templates as Python does, and finds the text under another key", async () => {
    const { tools, calls } = fakeScorer();
    const row = { story: "Fin.", n: 3, half: 0.5, yes: true, no: null };
    const args = { text_key: "story", query_template: "{n} {half} {yes} {no} {{n}}", response_template: "{text}" };
    await runFilter(llmPerplexityFilter, [row], args, tools);
    expect(calls).toEqual([[{ prompt: "3 0.5 True None {n}", text: " Fin." }]]);
    await expect(runFilter(llmPerplexityFilter, [{ text: ["a"] }], {}, tools)).rejects.toThrow(/E_DATA_ROW.*text is/s);
  });
});
