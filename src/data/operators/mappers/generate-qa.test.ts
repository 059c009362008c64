import { describe, expect, it } from "vitest";
import { fakeModel, saidTo } from "../testing/fake-model.ts";
import { runMapper } from "../testing/ready.ts";
import { generateQaFromExamplesMapper } from "./generate-qa-from-examples.ts";
import { generateQaFromTextMapper } from "./generate-qa-from-text.ts";

describe("generate_qa_from_text_mapper", () => {
  const row = { text: "The Nile is long.", id: 1 };
  const pairs = "Human: What is long?\nAssistant: The Nile.\nHuman: Is it?\nAssistant: Yes.";

  it("makes a row of each pair", async () => {
    const { tools, asked } = fakeModel([pairs]);
    expect(await runMapper(generateQaFromTextMapper, [row], {}, tools)).toEqual([
      { ...row, query: "What is long?", response: "The Nile." },
      { ...row, query: "Is it?", response: "Yes." },
    ]);
    expect(asked[0]?.messages.map(({ role }) => role)).toEqual(["system", "user"]);
    expect(asked[0]?.messages[1]?.content).toBe(row.text);
  });

  it("does not cut answers at the word Human", async () => {
    const { tools } = fakeModel(["Human: What rights?\nAssistant: Human rights.\n\nHuman: Whose?\nAssistant: All."]);
    const rows = await runMapper(generateQaFromTextMapper, [row], {}, tools);
    expect(rows.map(({ response }) => response)).toEqual(["Human rights.", "All."]);
  });

  it("sends the text alone to models that were trained for it", async () => {
    const { tools, asked } = fakeModel([pairs]);
    await runMapper(generateQaFromTextMapper, [row], { system_prompt: "", max_num: 1 }, tools);
    expect(asked[0]?.messages).toEqual([{ role: "user", content: row.text }]);
  });
});

describe("generate_qa_from_examples_mapper", () => {
  const args = { seed_file: "test/fixtures/data/dialogs.jsonl", example_num: 2 };

  it("shows examples, drawn for each row, and takes the last pair with those before it as history", async () => {
    const answer = "【问题】 Who built it? 【回答】 Eiffel. 【问题】 When? 【回答】 In 1889.";
    const { tools, asked } = fakeModel(() => answer);
    const rows = Array.from({ length: 8 }, (_, id) => ({ id }));
    const results = await runMapper(generateQaFromExamplesMapper, rows, args, tools);
    expect(results[3]).toEqual({
      id: 3,
      query: "When?",
      response: "In 1889.",
      history: [["Who built it?", "Eiffel."]],
    });
    const said = asked.map(saidTo);
    expect(new Set(said).size, "not all rows see the same").toBeGreaterThan(1);
    for (const one of said) expect(one.match(/An example:/g)).toHaveLength(2);
    expect(said.join()).toContain(
      "【问题】\nWho painted Guernica?\n【回答】\nPicasso.\n【问题】\nWhen?\n【回答】\nIn 1937.",
    );
    const again = fakeModel(() => answer);
    await runMapper(generateQaFromExamplesMapper, rows, args, again.tools);
    expect(again.asked, "draws are a function of seed and row").toEqual(asked);
    expect(new Set(asked.map(({ options }) => options.variant)).size, "each row has its own answer").toBe(8);
  });

  it("drops what is too like an example", async () => {
    const copy = (asked: string): string => /【问题】[^]*?(?=\nAn example|$)/.exec(asked)?.[0] ?? "";
    const { tools } = fakeModel((messages) => copy(messages[1]?.content ?? ""));
    expect(await runMapper(generateQaFromExamplesMapper, [{}], args, tools)).toEqual([]);
    const { tools: same } = fakeModel((messages) => copy(messages[1]?.content ?? ""));
    const lenient = { ...args, similarity_threshold: 1 };
    expect(await runMapper(generateQaFromExamplesMapper, [{}], lenient, same)).toHaveLength(1);
  });

  it.each([
    [{}, /seed_file: there is none/],
    [{ seed_file: "none.jsonl" }, /E_DATA_FILE.*none\.jsonl/],
    [{ seed_file: "test/fixtures/data/prose.txt" }, /prose\.txt:1: the line is no example/],
    [{ ...args, example_num: 9 }, /holds 3 examples, and example_num is 9/],
  ])("refuses %j", async (given, message) => {
    await expect(runMapper(generateQaFromExamplesMapper, [], given, fakeModel([]).tools)).rejects.toThrow(message);
  });
});
