import { describe, expect, it } from "vitest";
import { calibrateQaMapper } from "../mappers/calibrate-qa.ts";
import { calibrateQueryMapper } from "../mappers/calibrate-query.ts";
import { calibrateResponseMapper } from "../mappers/calibrate-response.ts";
import { optimizeQaMapper } from "../mappers/optimize-qa.ts";
import { optimizeResponseMapper } from "../mappers/optimize-response.ts";
import { fakeModel, saidTo, type Asked } from "../testing/fake-model.ts";
import { runMapper } from "../testing/ready.ts";

const row = { text: "The Nile is 6650 km long.", query: "How long?", response: "Long.", id: 3 };

describe("mappers that write query or response anew", () => {
  it("show the model reference, query and response, and ask for a form", async () => {
    const { tools, asked } = fakeModel(["【问题】\nHow long is the Nile?\n【回答】\n6650 km.\nThat is far."]);
    expect(await runMapper(calibrateQaMapper, [row], {}, tools)).toEqual([
      { ...row, query: "How long is the Nile?", response: "6650 km.\nThat is far." },
    ]);
    const [system, user] = (asked[0] as Asked).messages;
    expect(system?.content).toContain("【问题】\n<the new question>\n【回答】");
    expect(user?.content).toBe("【参考信息】\nThe Nile is 6650 km long.\n【问题】\nHow long?\n【回答】\nLong.");
  });

  it("without a reference show none", async () => {
    const { tools, asked } = fakeModel(["Very long."]);
    expect(await runMapper(optimizeResponseMapper, [row], {}, tools)).toEqual([{ ...row, response: "Very long." }]);
    expect(saidTo(asked[0] as Asked)).not.toContain("6650");
  });

  it("take prompts, templates and patterns of the recipe", async () => {
    const { tools, asked } = fakeModel(["Q: why? A: because"]);
    const args = {
      system_prompt: "Be bold.",
      input_template: "<{}>",
      qa_pair_template: "{1}/{0}",
      output_pattern: String.raw`Q: (.*?) A: (.*)`,
    };
    expect(await runMapper(optimizeQaMapper, [row], args, tools)).toEqual([
      { ...row, query: "why?", response: "because" },
    ]);
    expect(saidTo(asked[0] as Asked)).toBe("Be bold.\n---\n<Long./How long?>");
  });

  it("work on columns of other names", async () => {
    const { tools } = fakeModel(["How far?"]);
    const other = { doc: "x", q: "How long?", a: "Long." };
    const keys = { text_key: "doc", query_key: "q", response_key: "a" };
    expect(await runMapper(calibrateQueryMapper, [other], keys, tools)).toEqual([{ ...other, q: "How far?" }]);
  });

  it("take rows without a text for bad, before asking", async () => {
    const { tools, asked } = fakeModel([]);
    await expect(runMapper(calibrateResponseMapper, [{ query: "a", response: "b" }], {}, tools)).rejects.toThrow(
      /E_DATA_ROW.*text is missing, wants a text/,
    );
    expect(asked).toEqual([]);
  });

  it("find wrong templates and patterns before the first row", async () => {
    const { tools } = fakeModel([]);
    await expect(runMapper(calibrateQaMapper, [], { input_template: "{question}" }, tools)).rejects.toThrow(
      /E_DATA_OPERATOR: calibrate_qa_mapper\.input_template.*\{reference\} \{qa_pair\}/,
    );
    await expect(runMapper(optimizeQaMapper, [], { output_pattern: "(" }, tools)).rejects.toThrow(
      /E_DATA_OPERATOR: optimize_qa_mapper\.output_pattern/,
    );
  });
});
