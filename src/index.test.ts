/** The library as its users import it, on the model that ships with it: what the README shows. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as tunesmith from "./index.ts";

const model = join(import.meta.dirname, "../assets/stories260k");
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "library-"));
  const row = (n: number) => JSON.stringify({ query: `Count to ${n}`, response: "one two three" });
  await writeFile(join(folder, "rows.jsonl"), Array.from({ length: 8 }, (_, i) => row(i)).join("\n"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the library", () => {
  it("exports what it promises", () => {
    expect(Object.keys(tunesmith).toSorted()).toEqual([
      "TunesmithError",
      "createGenerator",
      "createNodeRuntime",
      "dataAnalyze",
      "dataProcess",
      "encodePrompt",
      "isTunesmithError",
      "loadModel",
      "mergeLora",
      "pt",
      "sft",
      "verifyMerge",
    ]);
  });

  it("tunes a model, loads it again, merges it and answers with it", async () => {
    const { createGenerator, createNodeRuntime, encodePrompt, loadModel, mergeLora, sft } = tunesmith;
    const seen: number[] = [];
    const result = await sft(
      {
        model,
        dataset: [join(folder, "rows.jsonl")],
        output_dir: join(folder, "run"),
        max_steps: 4,
        gradient_accumulation_steps: 1,
        per_device_train_batch_size: 4,
        learning_rate: 1e-2,
        report_to: ["none"],
      },
      { events: { onStep: ({ loss }) => void seen.push(loss) } },
    );
    expect(seen.length).toBe(4);
    expect(seen.at(-1)).toBeLessThan(seen[0] as number);
    const tuned = await loadModel(result.lastCheckpoint);
    await mergeLora(tuned, join(folder, "merged"));
    const prompt = encodePrompt({ messages: [{ role: "user", content: "Count to 3" }] }, tuned);
    const answers = [];
    for (const dir of [result.lastCheckpoint, join(folder, "merged")]) {
      const generator = await createGenerator(await loadModel(dir), createNodeRuntime());
      answers.push((await generator.generate([prompt], { maxNewTokens: 12, temperature: 0 }))[0]?.text);
      await generator.release();
    }
    expect(answers[0]?.length).toBeGreaterThan(0);
    expect(answers[1]).toBe(answers[0]);
  });

  it("processes rows and says what is in them", async () => {
    const texts = ["one", "one two three", "one\u00a0two three four", "one two three"];
    const rows = join(folder, "texts.jsonl");
    await writeFile(rows, texts.map((text) => JSON.stringify({ text })).join("\n"));
    const clean = join(folder, "clean.jsonl");
    const shares: number[] = [];
    const report = await tunesmith.dataProcess(
      {
        dataset_path: rows,
        export_path: clean,
        process: [
          "whitespace_normalization_mapper",
          { words_num_filter: { min_num: 3 } },
          { document_deduplicator: { lowercase: true } },
        ],
        np: 0,
      },
      { onProgress: ({ share }) => void shares.push(share) },
    );
    expect(report).toMatchObject({ rowsRead: 4, rowsWritten: 2, rowsBad: 0, fileFaults: [] });
    expect(shares.length).toBeGreaterThan(0);
    expect((await readFile(clean, "utf8")).trim().split("\n")).toEqual([
      '{"text":"one two three"}',
      '{"text":"one two three four"}',
    ]);
    const before = await readdir(process.cwd());
    const page = join(folder, "clean.html");
    const { good, statistics } = await tunesmith.dataAnalyze({ files: [clean], report: page, np: 0 });
    expect(good).toBe(2);
    expect(statistics.find(({ name }) => name === "num_words")?.numbers).toMatchObject({ min: 3, max: 4, mean: 3.5 });
    expect(await readFile(page, "utf8")).toContain("num_words");
    expect(await readdir(process.cwd())).toEqual(before);
  });

  it("names each mistake of a recipe by its place", async () => {
    const process = [{ words_num_filter: { min_num: "many" } }, "words_number_filter"];
    const wrong = tunesmith.dataProcess({ dataset_path: "rows.jsonl", export_path: "clean.jsonl", process });
    await expect(wrong).rejects.toThrow(/dataProcess\.process\.0[\s\S]*dataProcess\.process\.1/);
  });

  it("refuses wrong arguments, all at once", async () => {
    const wrong = { model, dataset: "rows.jsonl", lerning_rate: 1 } as unknown as tunesmith.TrainingArguments;
    await expect(tunesmith.sft({ ...wrong, max_steps: 0 })).rejects.toThrow(/E_RECIPE_INVALID[\s\S]*lerning_rate/);
  });
});
