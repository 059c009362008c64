import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readNgramModel } from "../../data/ngram/model.ts";
import { runInProcess } from "../../../test/support/in-process.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ngram-verb-"));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...words: readonly string[]) => runInProcess(["data", "ngram", ...words]);

test("data ngram trains on files and says what came of it", async () => {
  const path = join(folder, "en.arpa");
  const { status, out } = await run("assets/fables/train.jsonl", "--export-path", path, "--prune", "0", "0", "1");
  expect(status).toBe(0);
  expect(out).toContain("132 rows, 23,442 words, 4,845 different\n  4,845 1-grams, 16,319 2-grams, 923 3-grams\n");
  expect((await readNgramModel(path)).counts).toEqual([4845, 16319, 923]);
});

test("data ngram names rows that it left out, and orders with too little text", async () => {
  const rows = join(folder, "rows.jsonl");
  await writeFile(rows, '{"story":"a b a c"}\n{"text":1}\n');
  const words = [rows, "--text-keys", "story", "--order", "2", "--export-path", join(folder, "few.arpa.gz")];
  const { status, out } = await run(...words);
  expect(status).toBe(1);
  expect(out).toContain("1 rows, 4 words, 6 different");
  expect(out).toMatch(/1 × left out: .*rows.jsonl:2: there is no text: no column story/);
  expect(out).toContain("too little text to estimate the discounts of order 1, 2");
});

test("data ngram writes nothing when it fails, and tells all mistakes at once", async () => {
  const path = join(folder, "none.arpa");
  const small = await run("assets/fables/train.jsonl", "--export-path", path, "--max-memory", "1KB");
  expect(small.status).not.toBe(0);
  expect(small.err).toContain("E_DATA_NGRAM");
  expect(await readdir(folder)).not.toContain("none.arpa");
  const wrong = await run("--export-path", "x.txt", "--prune", "1", "0", "--max-memory", "much");
  expect(wrong.err).toMatch(
    /--dataset: is needed[^]*must end with .arpa[^]*must begin with 0[^]*must not get smaller[^]*--max-memory/,
  );
});
