/** Mappers that have a model write something beside or instead of a text. */
import { describe, expect, it } from "vitest";
import { fakeModel, saidTo, type Asked } from "../testing/fake-model.ts";
import { runMapper } from "../testing/ready.ts";
import { optimizePromptMapper } from "./optimize-prompt.ts";
import { pairPreferenceMapper } from "./pair-preference.ts";
import { sentenceAugmentationMapper } from "./sentence-augmentation.ts";
import { textTaggingByPromptMapper } from "./text-tagging-by-prompt.ts";

describe("pair_preference_mapper", () => {
  it("shows query, response and reference, which may be missing", async () => {
    const { tools, asked } = fakeModel(() => "【回答】\nNo.\n【原因】\nContrary.");
    const row = { query: "Is it?", response: "Yes." };
    expect(await runMapper(pairPreferenceMapper, [row, { ...row, text: "It is." }], {}, tools)).toEqual([
      { ...row, rejected_response: "No.", reason: "Contrary." },
      { ...row, text: "It is.", rejected_response: "No.", reason: "Contrary." },
    ]);
    expect(asked[0]?.messages[1]?.content).toBe("【参考信息】\n\n\nThe pair:\n【问题】\nIs it?\n【回答】\nYes.");
    expect(asked[1]?.messages[1]?.content).toContain("【参考信息】\nIt is.\n");
  });
});

describe("sentence_augmentation_mapper", () => {
  const args = { task_sentence: "Say it in other words.", text_key_second: "other", top_p: 0.9 };

  it("writes a second column, without quotes, and samples as told", async () => {
    const { tools, asked } = fakeModel([' "It is raining." \n']);
    const given = { ...args, sampling_params: { temperature: 0.9 } };
    expect(await runMapper(sentenceAugmentationMapper, ["Rain falls."], given, tools)).toEqual([
      { text: "Rain falls.", other: "It is raining." },
    ]);
    expect(asked[0]?.messages[1]?.content).toBe('The sentence: "Rain falls."\nSay it in other words.');
    expect(asked[0]?.options.sampling).toEqual({ max_tokens: 256, temperature: 0.9, top_p: 0.9 });
  });

  it.each(["task_sentence", "text_key_second"])("needs %s", async (key) => {
    const given = { ...args, [key]: undefined };
    await expect(runMapper(sentenceAugmentationMapper, [], given, fakeModel([]).tools)).rejects.toThrow(
      new RegExp(`E_DATA_OPERATOR: sentence_augmentation_mapper\\.${key}: it is needed`),
    );
  });
});

describe("text_tagging_by_prompt_mapper", () => {
  it("takes one of the tags that it shows", async () => {
    const { tools, asked } = fakeModel(["maths or code", "code"]);
    const args = { tag_list: ["maths", "code"], prompt: "{text}: {tag_list}?" };
    expect(await runMapper(textTaggingByPromptMapper, ["x = 1"], args, tools)).toEqual([
      { text: "x = 1", __dj__text_tags__: ["code"] },
    ]);
    expect(asked[0]?.messages).toEqual([{ role: "user", content: "x = 1: ['maths', 'code']?" }]);
  });
});

describe("optimize_prompt_mapper", () => {
  it("shows the newest prompts for each next one", async () => {
    let made = 0;
    const { tools, asked } = fakeModel(() => `【提示词】p${++made}`);
    const args = { gen_num: 3, max_example_num: 2, keep_original_sample: false };
    const results = await runMapper(optimizePromptMapper, [{ prompt: "p0", id: 1 }], args, tools);
    expect(results).toEqual(["p1", "p2", "p3"].map((prompt) => ({ prompt, id: 1 })));
    expect(asked.map((one: Asked) => saidTo(one).match(/p\d/g))).toEqual([["p0"], ["p0", "p1"], ["p1", "p2"]]);
  });
});
