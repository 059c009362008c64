import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RawObject } from "../../shapes/shape.ts";
import { createSample } from "../sample.ts";
import { plainTools, readyOf, runMapper } from "../testing/ready.ts";
import { nlpaugEnMapper } from "./nlpaug-en.ts";

const { outcomes } = JSON.parse(
  readFileSync(new URL("../../../../test/golden/data/nlpaug.json", import.meta.url), "utf8"),
) as { readonly outcomes: readonly (readonly [string, string, readonly string[]])[] };

const kinds = [...new Set(outcomes.map(([kind]) => kind))];

const text =
  "Tunesmith prepares data, and then it trains models (small ones) on the machine that you have; nothing else is needed!";

/** Texts that one text becomes. */
async function vary(
  given: Readonly<Record<string, unknown>>,
  from = text,
  tools = plainTools,
): Promise<readonly string[]> {
  const rows = await runMapper(nlpaugEnMapper, [from], { keep_original_sample: false, ...given }, tools);
  return rows.map((row) => String(row["text"]));
}

describe("nlpaug_en_mapper", () => {
  it.each(outcomes)("%s makes of %j all that nlpaug can make, and nothing else", async (kind, from, wanted) => {
    const found = new Set(await vary({ [kind]: true, aug_num: 1000 }, from));
    for (let seed = 0; found.size < wanted.length && seed < 30; seed++) {
      const further = await vary({ [kind]: true, aug_num: 1000 }, from, { ...plainTools, seed });
      for (const one of further) found.add(one);
    }
    expect([...found].sort()).toEqual([...wanted].sort());
  });

  it("draws by the seed and the row alone", async () => {
    const map = await readyOf(nlpaugEnMapper, { swap_random_word: true });
    const of = async (line: number): Promise<unknown> => map(createSample({ text }, `rows.jsonl:${line}`));
    const first = await of(1);
    expect(await of(2)).not.toEqual(first);
    expect(await of(1)).toEqual(first);
    expect(await vary({ swap_random_word: true })).not.toEqual(
      await vary({ swap_random_word: true }, text, { ...plainTools, seed: 7 }),
    );
  });

  it("puts in characters of its own and leaves the others in their order", async () => {
    const isWithin = (small: string, large: string): boolean => {
      let at = 0;
      for (const character of large) if (character === small[at]) at++;
      return at === small.length;
    };
    const plain = "nothing here can be shorter than these words";
    for (const longer of await vary({ insert_random_char: true, aug_num: 50 }, plain)) {
      expect(longer.length).toBeGreaterThan(plain.length);
      expect(isWithin(plain, longer)).toBe(true);
    }
    for (const shorter of await vary({ delete_random_char: true, aug_num: 50 }, plain)) {
      expect(isWithin(shorter, plain)).toBe(true);
      expect(shorter.split(" ")).toHaveLength(plain.split(" ").length);
    }
  });

  it("changes three words in ten, and never more than ten", async () => {
    const count = (texts: readonly string[], from: readonly string[]): readonly number[] =>
      texts.map((changed) => changed.split(" ").filter((word, i) => word !== from[i]).length);
    for (const [words, most] of [
      [10, 3],
      [11, 4],
      [100, 10],
    ] as const) {
      const from = Array.from({ length: words }, () => "zzzzz");
      const counts = count(await vary({ insert_random_char: true, aug_num: 20 }, from.join(" ")), from);
      expect(new Set(counts)).toEqual(new Set([most]));
    }
  });

  it.each([
    [{ aug_num: 2, keep_original_sample: true }, 1 + 2 * kinds.length],
    [{ aug_num: 3, keep_original_sample: false }, 3 * kinds.length],
    [{ aug_num: 3, keep_original_sample: true, sequential: true }, 4],
    [{ aug_num: 3, keep_original_sample: false, sequential: true }, 3],
  ])("makes as many rows as Data-Juicer: %j", async (given, count) => {
    const all = Object.fromEntries(kinds.map((kind) => [kind, true]));
    const rows = await runMapper(nlpaugEnMapper, [{ id: 1, text }], { ...all, ...given });
    expect(rows).toHaveLength(count);
    expect(rows.every(({ id }) => id === 1)).toBe(true);
    expect(rows.filter((row) => row["text"] === text)).toHaveLength(given.keep_original_sample ? 1 : 0);
  });

  it("makes nothing of nothing, and without any kind of error", async () => {
    expect(await runMapper(nlpaugEnMapper, [{ text: "" }], { ocr_error_char: true })).toEqual([{ text: "" }]);
    expect(await vary({ ocr_error_char: true }, "")).toEqual([]);
    expect(await vary({ ocr_error_char: true, aug_num: 2 }, "  ")).toEqual(["", ""]);
    expect(await runMapper(nlpaugEnMapper, [{ text }])).toEqual([{ text }]);
    expect(await vary({ sequential: true })).toEqual([]);
  });

  it("changes each text of a conversation for itself", async () => {
    const messages = [
      { role: "user", content: text },
      { role: "assistant", content: text },
    ];
    const [kept, row] = await runMapper(nlpaugEnMapper, [{ messages }], { swap_random_char: true });
    expect(kept).toEqual({ messages });
    const [asked, answered] = (row as { readonly messages: readonly RawObject[] }).messages;
    expect(asked?.["role"]).toBe("user");
    expect(asked?.["content"]).not.toBe(text);
    expect(asked?.["content"]).not.toBe(answered?.["content"]);
  });

  it.each([{ aug_num: 0 }, { aug_num: 1.5 }, { swap_random_word: "yes" }])("refuses %j", (given) => {
    expect(nlpaugEnMapper.schema.safeParse(given).success).toBe(false);
  });
});
