import { describe, expect, it } from "vitest";
import { englishGolden } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { textActionFilter } from "./text-action.ts";

const golden = englishGolden();
const texts = golden.map(({ text }) => text);

describe("text_action_filter", () => {
  it("counts actions as Data-Juicer with spaCy, nearly", async () => {
    const results = await runFilter(textActionFilter, texts);
    const counts = results.map(({ stats }) => stats["num_action"] as number);
    const same = golden.filter(({ actions }, i) => actions === counts[i]);
    expect(same.length / golden.length).toBeGreaterThan(0.8);
    for (const [i, { actions, text }] of golden.entries()) {
      expect(Math.abs((counts[i] as number) - actions), text).toBeLessThanOrEqual(1);
    }
  });

  it("leaves out what only helps another verb", async () => {
    const rows = ["Did she not sing?", "She will have been singing.", "She did it.", "They are here.", "Could we?"];
    const results = await runFilter(textActionFilter, rows);
    expect(results.map(({ stats }) => stats["num_action"])).toEqual([1, 1, 1, 0, 0]);
  });

  it("keeps rows with enough actions, at the bound, beyond it, or reversed", async () => {
    const rows = ["A red chair.", "The dog chased the cat.", "He came, saw the house and bought it."];
    const keeps = async (args: Readonly<Record<string, unknown>>) =>
      (await runFilter(textActionFilter, rows, args)).map(({ keep }) => keep);
    expect(await keeps({})).toEqual([false, true, true]);
    expect(await keeps({ min_action_num: 2 })).toEqual([false, false, true]);
    expect(await keeps({ min_action_num: 1, min_closed_interval: false })).toEqual([false, false, true]);
    expect(await keeps({ min_action_num: 1, reversed_range: true })).toEqual([true, true, false]);
  });

  it("looks at no place of an image, and at every text of a conversation", async () => {
    const rows = [
      "<__dj__image> A chair. <|__dj__eoc|>",
      {
        messages: [
          { role: "user", content: "Sing a song." },
          { role: "assistant", content: "I sang it." },
        ],
      },
    ];
    const results = await runFilter(textActionFilter, rows);
    expect(results.map(({ stats }) => stats["num_action"])).toEqual([0, 2]);
  });

  it("refuses other languages", async () => {
    await expect(runFilter(textActionFilter, ["x"], { lang: "zh" })).rejects.toThrow(
      /E_DATA_OPERATOR: text_action_filter.lang.*"zh"/s,
    );
  });
});
