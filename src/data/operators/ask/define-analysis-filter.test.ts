import { describe, expect, it } from "vitest";
import { llmAnalysisFilter } from "../filters/llm-analysis.ts";
import { llmDifficultyScoreFilter } from "../filters/llm-difficulty-score.ts";
import { llmQualityScoreFilter } from "../filters/llm-quality-score.ts";
import { llmTaskRelevanceFilter } from "../filters/llm-task-relevance.ts";
import { fakeModel, saidTo, type Asked } from "../testing/fake-model.ts";
import { readyOf, runFilter } from "../testing/ready.ts";

const marks = (mark: number): string =>
  JSON.stringify({ dimension_scores: { accuracy: mark, grammar: mark, informativeness: mark, coherence: mark } });

describe("filters for which a model gives marks", () => {
  it("ask for the marks that they count, and show the row", async () => {
    const { tools, asked } = fakeModel([marks(4)]);
    const [result] = await runFilter(llmQualityScoreFilter, ["The sky is green."], {}, tools);
    expect(result).toEqual({
      stats: {
        llm_quality_score: 0.8,
        llm_quality_record:
          '{"dimension_scores": {"accuracy": 4, "grammar": 4, "informativeness": 4, "coherence": 4}, "recommendation": []}',
        llm_quality_tags: "",
      },
      keep: true,
    });
    const [system, user] = (asked[0] as Asked).messages;
    expect(system?.content).toContain(
      '"dimension_scores": {"accuracy": <1-5>, "grammar": <1-5>, "informativeness": <1-5>, "coherence": <1-5>}',
    );
    expect(user?.content).toBe("The sample:\n'''\nText:\nThe sky is green.\n'''\n");
  });

  it("show several columns under their names, and leave out what the row lacks", async () => {
    const { tools, asked } = fakeModel([marks(1), marks(1)]);
    const args = { input_keys: ["query", "meta.tags", "none"], field_names: ["Question", "Tags", "None"] };
    const rows = [{ query: "Why?", meta: { tags: ["a", "b"] } }, { query: "How?" }];
    const results = await runFilter(llmQualityScoreFilter, rows, args, tools);
    expect(results.map(({ keep }) => keep)).toEqual([false, false]);
    expect(saidTo(asked[0] as Asked)).toContain(`Question:\nWhy?\n\nTags:\n["a", "b"]\n`);
    expect(saidTo(asked[1] as Asked)).toContain(`Question:\nHow?\n'''`);
  });

  it("show a conversation as its text", async () => {
    const { tools, asked } = fakeModel([marks(5)]);
    const messages = [
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hi" },
    ];
    await runFilter(llmQualityScoreFilter, [{ messages }], {}, tools);
    expect(saidTo(asked[0] as Asked)).toContain("Hello\nHi");
  });

  it("take a row with none of the columns for bad", async () => {
    const { tools } = fakeModel([]);
    await expect(runFilter(llmQualityScoreFilter, [{ n: 1 }], {}, tools)).rejects.toThrow(
      /E_DATA_ROW.*none of the columns text/,
    );
  });

  it("write reasons in the language asked for", async () => {
    const { tools, asked } = fakeModel([marks(5)]);
    await runFilter(llmQualityScoreFilter, ["x"], { preferred_output_lang: "zh-CN" }, tools);
    expect(asked[0]?.messages[0]?.content).toMatch(/free text in Simplified Chinese\.$/);
  });

  it("decide on statistics that are there, without asking", async () => {
    const { tools } = fakeModel([]);
    const { keep } = await readyOf(llmDifficultyScoreFilter, { min_score: 0.4, max_score: 0.6 }, tools);
    const sample = {} as Parameters<typeof keep>[1];
    expect([0.3, 0.4, 0.6, 0.7].map((llm_difficulty_score) => keep({ llm_difficulty_score }, sample))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it("ask for tags where they are kept", async () => {
    const { tools, asked } = fakeModel([""]);
    await runFilter(llmAnalysisFilter, ["x"], { try_num: 1 }, tools).catch(() => undefined);
    expect(asked[0]?.messages[0]?.content).toContain('"tags": {"topic"');
  });

  it("name columns one for one", async () => {
    const { tools } = fakeModel([]);
    await expect(runFilter(llmAnalysisFilter, [], { input_keys: ["a", "b"] }, tools)).rejects.toThrow(
      /E_DATA_OPERATOR.*1 names for 2 input_keys/,
    );
  });
});

describe("llm_task_relevance_filter", () => {
  it("shows the task, described and by its first rows", async () => {
    const { tools, asked } = fakeModel([""]);
    const args = { task_desc: "Sums.", valid_dataset: [{ text: "1+1" }, { text: "2+2" }], n_shot: 1, try_num: 1 };
    await runFilter(llmTaskRelevanceFilter, ["3+3"], args, tools).catch(() => undefined);
    expect(asked[0]?.messages[1]?.content).toBe(
      "The task:\nSums.\n\nValidation data of the task:\n'''\nText:\n1+1\n'''\n\n" +
        "The sample:\n'''\nText:\n3+3\n'''\n",
    );
  });

  it("needs one or the other", async () => {
    const { tools } = fakeModel([]);
    await expect(runFilter(llmTaskRelevanceFilter, [], {}, tools)).rejects.toThrow(
      /neither task_desc nor valid_dataset/,
    );
    const args = { valid_dataset: [{ txt: "1+1" }] };
    await expect(runFilter(llmTaskRelevanceFilter, [], args, tools)).rejects.toThrow(/valid_dataset\[0\].*none of the/);
  });
});
