import { describe, expect, it } from "vitest";
import { createSample } from "../sample.ts";
import { fakeModel } from "../testing/fake-model.ts";
import { askerOf, unusable, usable, user, withoutThoughts, type AskSettings } from "./ask.ts";

const sample = createSample({}, "rows.jsonl:7");
const settings: AskSettings = { try_num: 2, model_params: {}, sampling_params: {} };
const number = (answer: string) => (/^\d+$/.test(answer) ? usable(Number(answer)) : unusable("it is no number"));

describe("asking", () => {
  it("gives what was read, and says what was wrong before", async () => {
    const { tools, asked } = fakeModel(["many", "12"]);
    const ask = askerOf("op", settings, tools);
    expect(await ask(sample, [user("How many?")], number)).toBe(12);
    expect(asked.map(({ messages }) => messages.map(({ role }) => role))).toEqual([
      ["user"],
      ["user", "assistant", "user"],
    ]);
  });

  it("does not heap up failed answers: each try sees the last one only", async () => {
    const { tools, asked } = fakeModel(["a", "b", "3"]);
    const ask = askerOf("op", { ...settings, try_num: 3 }, tools);
    expect(await ask(sample, [user("How many?")], number)).toBe(3);
    expect(asked[2]?.messages.map(({ content }) => content)).toEqual([
      "How many?",
      "b",
      expect.stringMatching(/it is no number/),
    ]);
  });

  it("names the row that has no usable answer", async () => {
    const ask = askerOf("op", { ...settings, try_num: 1 }, fakeModel(["many"]).tools);
    await expect(ask(sample, [user("How many?")], number)).rejects.toThrow(
      "E_DATA_ROW: rows.jsonl:7: no usable answer: it is no number",
    );
  });

  it("may want an answer of its own for each row", async () => {
    const { tools, asked } = fakeModel(["1", "1"]);
    const ask = askerOf("op", settings, tools);
    await ask(sample, [user("How many?")], number);
    await ask(sample, [user("How many?")], number, { ownAnswer: true, sampling: { seed: 3 } });
    expect(asked.map(({ options }) => options)).toEqual([
      { sampling: {} },
      { sampling: { seed: 3 }, variant: "rows.jsonl:7" },
    ]);
  });

  it("takes base_url of model_params for the endpoint", async () => {
    const { tools, asked } = fakeModel(["1"]);
    const ask = askerOf("op", { ...settings, model_params: { base_url: "http://here/v1" } }, tools);
    await ask(sample, [user("How many?")], number);
    expect(asked[0]?.options.endpoint).toBe("http://here/v1");
  });
});

it.each([
  ["<think>\nHm, 12?\n</think>\n\n12", "12"],
  ["Hm, 12?\n</think>\n12", "12"],
  [" <think></think>12", "12"],
  ["the marks <think> and </think>", "the marks <think> and </think>"],
  ["<think> without an end", "<think> without an end"],
  ["12", "12"],
])("thoughts before an answer are left out: %j", (answer, expected) => {
  expect(withoutThoughts(answer)).toBe(expected);
});
