import { describe, expect, it } from "vitest";
import { fakeModel, saidTo, type Asked } from "../testing/fake-model.ts";
import { runFilter } from "../testing/ready.ts";
import { llmConditionFilter } from "./llm-condition.ts";

const condition = "The text asks a question.";

describe("llm_condition_filter", () => {
  it("shows text, condition, and what the model should know", async () => {
    const { tools, asked } = fakeModel(["yes"]);
    const args = { condition, knowledge_grounding_key: "known", strategy: "few_shot", examples: "Why? yes" };
    await runFilter(llmConditionFilter, [{ text: "Who?", known: "A quiz." }], args, tools);
    expect(asked[0]?.messages[1]?.content).toBe(
      "# What is known\nA quiz.\n\n# Examples\nWhy? yes\n\n# Text\nWho?\n\n# Condition\nThe text asks a question.\n\n" +
        "Does the text fulfil the condition? Answer with yes or no and nothing else.",
    );
  });

  it("takes the last word of a model that thinks first", async () => {
    const { tools, asked } = fakeModel(["No mark, yes, but it asks.\nYes.", "One might say yes. Still: **no**"]);
    const results = await runFilter(llmConditionFilter, ["Who", "There"], { condition, strategy: "cot" }, tools);
    expect(results.map(({ keep }) => keep)).toEqual([true, false]);
    expect(saidTo(asked[0] as Asked)).toContain("step by step");
  });

  it("asks nothing about texts that are empty", async () => {
    const { tools, asked } = fakeModel([]);
    const [result] = await runFilter(llmConditionFilter, [" \n"], { condition }, tools);
    expect(result).toEqual({ stats: { llm_condition_filter_result: false }, keep: false });
    expect(asked).toEqual([]);
  });
});
