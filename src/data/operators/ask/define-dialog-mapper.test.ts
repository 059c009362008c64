import { describe, expect, it } from "vitest";
import { dialogIntentDetectionMapper } from "../mappers/dialog-intent-detection.ts";
import { dialogSentimentIntensityMapper } from "../mappers/dialog-sentiment-intensity.ts";
import { createSample } from "../sample.ts";
import { fakeModel } from "../testing/fake-model.ts";
import { runMapper } from "../testing/ready.ts";
import { clipped, turnsOf } from "./dialog.ts";

const keys = { history_key: "history", query_key: "query", response_key: "response" };
const row = { history: [["Hello", "Hi, how are you?"]], query: "Help me", response: "With what?" };

describe("mappers of dialogs", () => {
  it("ask about each turn with those before it and what was said of them", async () => {
    const { tools, asked } = fakeModel([
      "意图分析：greets\n意图类别：greeting",
      "意图分析：wants help\n意图类别：help\n",
    ]);
    expect(await runMapper(dialogIntentDetectionMapper, [row], {}, tools)).toEqual([
      {
        ...row,
        __dj__meta__: {
          dialog_intent_labels: ["greeting", "help"],
          dialog_intent_labels_analysis: ["greets", "wants help"],
        },
      },
    ]);
    expect(asked.map(({ messages }) => messages[1]?.content)).toEqual([
      "User: Hello\n",
      "User: Hello\n意图分析：greets\n意图类别：greeting\nLLM: Hi, how are you?\nUser: Help me\n",
    ]);
    expect(asked[0]?.messages[0]?.content).toMatch(/意图类别：.*in Simplified Chinese\.$/s);
  });

  it("show so many turns, so many characters, and the labels to choose from", async () => {
    const { tools, asked } = fakeModel((messages) => `意图分析：a\n意图类别：${messages.length}`);
    const args = {
      max_round: 0,
      intent_candidates: ["greeting", "help"],
      max_query_chars_for_prompt: 25,
      preferred_output_lang: "en",
    };
    await runMapper(dialogIntentDetectionMapper, [{ ...row, query: "x".repeat(30) }], args, tools);
    expect(asked[1]?.messages[1]?.content).toBe(
      "Choose from these: [greeting,help]\nUser: xxxxx\n…[query truncated]…\n",
    );
    expect(asked[0]?.messages[0]?.content).toMatch(/in English\.$/);
  });

  it("leave rows alone that have both tags", async () => {
    const { tools, asked } = fakeModel([]);
    const done = {
      ...row,
      __dj__meta__: { dialog_sentiment_intensity: [1], dialog_sentiment_intensity_analysis: [""] },
    };
    expect(await runMapper(dialogSentimentIntensityMapper, [done], {}, tools)).toEqual([done]);
    expect(asked).toEqual([]);
  });

  it("read numbers with a sign, and want them whole", async () => {
    const { tools } = fakeModel(["情绪分析：a\n情绪值：1.5", "情绪分析: a\n情绪值: -2", "情绪分析：b\n情绪值：+3"]);
    const [result] = await runMapper(dialogSentimentIntensityMapper, [row], {}, tools);
    expect(result?.["__dj__meta__"]).toMatchObject({ dialog_sentiment_intensity: [-2, 3] });
  });
});

describe("turns of a dialog", () => {
  const turns = (given: Parameters<typeof createSample>[0]) => turnsOf(createSample(given, "rows.jsonl:1"), keys);

  it("are not told twice when the last is in the history too", () => {
    expect(turns({ ...row, history: [["Help me", "With what?"]] })).toEqual([
      { query: "Help me", response: "With what?" },
    ]);
    expect(turns({ ...row, history: [["Help me", "old"]] })).toEqual([{ query: "Help me", response: "With what?" }]);
  });

  it("are those of messages", () => {
    const messages = [
      { role: "system", content: "s" },
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
      { role: "user", content: "c" },
    ];
    expect(turns({ messages })).toEqual([
      { query: "a", response: "b" },
      { query: "c", response: "" },
    ]);
  });

  it("must be there", () => {
    expect(() => turns({ text: "a" })).toThrow(/E_DATA_ROW.*no dialog: neither history nor query nor messages/);
  });
});

it("clipped counts characters, not units of UTF-16", () => {
  expect(clipped("😀".repeat(5), 5, "cut")).toBe("😀".repeat(5));
  expect(clipped("😀".repeat(20), 10, "cut")).toBe("😀😀\n…[cut]…");
  expect(clipped("abc", 2, "cut")).toBe("…[cut]…");
});
