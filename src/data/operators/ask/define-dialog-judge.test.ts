import { describe, expect, it } from "vitest";
import { dialogMemoryConsistencyMapper } from "../mappers/dialog-memory-consistency.ts";
import { fakeModel } from "../testing/fake-model.ts";
import { runMapper } from "../testing/ready.ts";

const row = {
  dialog_history: [
    ["Call me Ada.", "Gladly."],
    ["What is 2+2?", "4, Ada."],
  ],
  query: "And 3+3?",
  response: "6, Charles.",
};
const judged = { score: 2, reason: "Forgets the name.", eval_kind: "dialog_turn" };
const answer = JSON.stringify({ score: 2, reason: "Forgets the name." });

describe("mappers that judge the last response of a dialog", () => {
  it("show earlier turns, and which response is judged", async () => {
    const { tools, asked } = fakeModel([answer]);
    expect(await runMapper(dialogMemoryConsistencyMapper, [row], {}, tools)).toEqual([
      { ...row, __dj__meta__: { dialog_memory_consistency: judged } },
    ]);
    expect(asked[0]?.messages[1]?.content).toBe(
      "### Earlier turns\n[User]\nCall me Ada.\n[Assistant]\nGladly.\n[User]\nWhat is 2+2?\n[Assistant]\n4, Ada.\n" +
        "### Last message of the user\nAnd 3+3?\n### Response to be judged\n6, Charles.\n",
    );
    expect(asked[0]?.options.sampling).toEqual({ max_tokens: 384, temperature: 0.2 });
  });

  it("show so many turns and characters as told", async () => {
    const { tools, asked } = fakeModel([answer]);
    const args = { max_round: 1, max_response_chars_for_prompt: 5, sampling_params: { temperature: 0 } };
    await runMapper(dialogMemoryConsistencyMapper, [row], args, tools);
    expect(asked[0]?.messages[1]?.content).toBe(
      "### Earlier turns\n(none)\n### Last message of the user\nAnd 3+3?\n### Response to be judged\n…[response truncated]…\n",
    );
    expect(asked[0]?.options.sampling).toEqual({ max_tokens: 384, temperature: 0 });
  });

  it("judge again only when told to", async () => {
    const done = { ...row, __dj__meta__: { dialog_memory_consistency: { score: 5 } } };
    const { tools, asked } = fakeModel([answer]);
    expect(await runMapper(dialogMemoryConsistencyMapper, [done], {}, tools)).toEqual([done]);
    expect(asked).toEqual([]);
    const [again] = await runMapper(dialogMemoryConsistencyMapper, [done], { overwrite: true }, tools);
    expect(again?.["__dj__meta__"]).toEqual({ dialog_memory_consistency: judged });
  });
});
