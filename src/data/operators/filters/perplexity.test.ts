import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trainNgramFiles } from "../../ngram/train-files.ts";
import { piecesOf } from "../../ngram/pieces.ts";
import { loadTokenizer } from "../../../text/load-tokenizer.ts";
import { runFilter } from "../testing/ready.ts";
import { characterRepetitionFilter } from "./character-repetition.ts";
import { perplexityFilter } from "./perplexity.ts";

const { perplexity: golden } = JSON.parse(readFileSync("test/golden/ngram.json", "utf8")) as {
  readonly perplexity: readonly { readonly text: string; readonly perplexity: number }[];
};
const fables = readFileSync("assets/fables/held-out.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line) => (JSON.parse(line) as { readonly text: string }).text);

const repeats = [
  "said the Fox, ".repeat(30),
  "and the ".repeat(40),
  "in the ".repeat(60),
  "The Lion said to the Fox. ".repeat(20),
  "one day ".repeat(30),
  "the ".repeat(50),
  "a ".repeat(80),
];

let folder: string;
let model: string;
const options = { order: 3, textKey: "text", maxMemory: 2 ** 30 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "perplexity-"));
  model = join(folder, "en.arpa");
  await trainNgramFiles(["assets/fables/train.jsonl"], model, options);
});
afterAll(() => rm(folder, { recursive: true }));

const valuesOf = async (rows: readonly string[], args: Readonly<Record<string, unknown>>) =>
  (await runFilter(perplexityFilter, rows, args)).map(({ stats }) => stats["perplexity"] as number);

describe("perplexity_filter", () => {
  it("measures as Data-Juicer with KenLM", async () => {
    const values = await valuesOf(
      golden.map(({ text }) => text),
      { model: "test/fixtures/ngram/tiny.arpa" },
    );
    for (const [i, { perplexity, text }] of golden.entries()) {
      // Python rounds 0.05 to the even digit.
      expect(Math.abs((values[i] as number) - perplexity), text).toBeLessThan(0.11);
    }
  });

  it("keeps rows in a band, at bounds that are closed, open or reversed", async () => {
    const rows = ["the cat sat", "the dog end", "bird"];
    const tiny = "test/fixtures/ngram/tiny.arpa";
    const [low = 0, middle = 0, high = 0] = await valuesOf(rows, { model: tiny });
    expect(low < middle && middle < high).toBe(true);
    const keeps = async (args: Readonly<Record<string, unknown>>) =>
      (await runFilter(perplexityFilter, rows, { model: tiny, ...args })).map(({ keep }) => keep);
    expect(await keeps({})).toEqual([true, true, true]);
    expect(await keeps({ min_ppl: middle, max_ppl: middle })).toEqual([false, true, false]);
    expect(await keeps({ min_ppl: middle, min_closed_interval: false })).toEqual([false, false, true]);
    expect(await keeps({ max_ppl: middle, max_closed_interval: false })).toEqual([true, false, false]);
    const open = { min_closed_interval: false, max_closed_interval: false, reversed_range: true };
    expect(await keeps({ min_ppl: middle, max_ppl: middle, ...open })).toEqual([true, false, true]);
  });

  it("finds text of the trained kind likelier than lists, other languages and noise", async () => {
    const strange = [
      "lamp chair table sofa carpet shelf drawer bottle window pillow",
      "Der Hund und die Katze sind nicht im Haus, denn sie jagen Mäuse.",
      "qwx zzt prk lmn vbd jjk wqp ttz",
    ];
    const [known, other] = [await valuesOf(fables, { model }), await valuesOf(strange, { model })];
    expect(Math.max(...known)).toBeLessThan(Math.min(...other));
    const kept = await runFilter(perplexityFilter, [...fables, ...strange], { model });
    expect(kept.slice(0, fables.length).every(({ keep }) => keep)).toBe(true);
  });

  // POINTS keeps the fifth of the rows with the lowest perplexity; that alone collects what repeats itself.
  it("ranks texts that repeat themselves among the lowest; a lower bound and the repetition filter remove them", async () => {
    const rows = [...fables, ...repeats];
    const values = await valuesOf(rows, { model });
    const order = rows.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));
    const lowest = order.slice(0, Math.round(rows.length / 5));
    expect(lowest.every((i) => i >= fables.length)).toBe(true);

    const inBand = await runFilter(perplexityFilter, rows, { model, min_ppl: 100, max_ppl: 1500 });
    const byBand = repeats.filter((_, i) => inBand[fables.length + i]?.keep === false);
    expect(byBand.length).toBe(repeats.length - 1);
    const unrepeated = await runFilter(characterRepetitionFilter, rows, { max_ratio: 0.15 });
    const kept = rows.filter((_, i) => inBand[i]?.keep === true && unrepeated[i]?.keep === true);
    expect(kept).toEqual(fables);
  });

  it("works on the tokens of a tokenizer", async () => {
    const path = join(folder, "tokens.arpa");
    const pieces = piecesOf(await loadTokenizer("assets/stories260k"));
    await trainNgramFiles(["assets/fables/train.jsonl"], path, { ...options, pieces });
    const args = { model: path, tokenizer_model: "assets/stories260k" };
    const [known, other] = [await valuesOf(fables, args), await valuesOf(["qwx zzt prk lmn vbd jjk wqp ttz"], args)];
    expect(Math.max(...known)).toBeLessThan(Math.min(...other));
    // There are few tokens, so that each is likelier than a word.
    expect(Math.max(...known)).toBeLessThan(Math.min(...(await valuesOf(fables, { model }))));
  });

  it("finds the model from the recipe's folder", async () => {
    const tools = { seed: 1, allowCode: false, resolve: (path: string) => join(folder, path) };
    const [result] = await runFilter(perplexityFilter, ["The Fox"], { model: "en.arpa" }, tools);
    expect(result?.stats["perplexity"]).toBeGreaterThan(1);
  });

  it("says how to get a model, and what is wrong with one", async () => {
    await expect(runFilter(perplexityFilter, ["x"], { lang: "de" })).rejects.toThrow(
      /E_DATA_OPERATOR: perplexity_filter.model.*tunesmith data ngram good.jsonl --export-path de.arpa.*tunesmith data process/s,
    );
    const path = join(folder, "bad.arpa");
    const header = "\\data\\\nngram 1=3\nngram 2=1\n\n\\1-grams:\n-1 <s> 0\n-1 </s> 0\n-1 a 0\n\n\\2-grams:\n";
    const refused = async (content: string, message: RegExp) => {
      await writeFile(path, content);
      await expect(runFilter(perplexityFilter, ["x"], { model: path })).rejects.toThrow(message);
    };
    await refused(`${header}-1 a b\n\n\\end\\\n`, /E_DATA_NGRAM: .*bad.arpa:11: "b" is none of the 1-grams/);
    await refused(header.replace("-1 a 0", "-1 <s> 0"), /bad.arpa:8: the word "<s>" is there twice/);
    await refused(`${header.replace("<s>", "b")}-1 a a\n\n\\end\\\n`, /the 1-grams have no <s>/);
    const trigrams = header.replace("2=1", "2=1\nngram 3=1");
    await refused(
      `${trigrams}-1 a a 0\n\n\\3-grams:\n-1 a </s> a\n\n\\end\\\n`,
      /"a <\/s>" is none of the shorter n-grams/,
    );
    await refused(`${header.replace("2=1", "2=2")}-1 a a\n-1 a a\n\n\\end\\\n`, /"a a" is there twice/);
    await expect(runFilter(perplexityFilter, ["x"], { model: "/no/such.arpa" })).rejects.toThrow(/E_DATA_FILE/);
  });
});
