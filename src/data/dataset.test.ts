import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { createTally, loadRows, type LoadRowsOptions } from "./dataset.ts";

let folder = "";
const options: LoadRowsOptions = { purpose: "sft", seed: 1, strict: false };
const pair = (n: number) => JSON.stringify({ query: `q${n}`, response: `r${n}` });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dataset-"));
  await mkdir(join(folder, "many/deep"), { recursive: true });
  await writeFile(join(folder, "ten.jsonl"), Array.from({ length: 10 }, (_, i) => pair(i)).join("\n"));
  await writeFile(join(folder, "bad.jsonl"), `${pair(0)}\n{"query":}\n{"query":"q"}\n${pair(1)}\n`);
  await writeFile(join(folder, "many/a.jsonl"), pair(1));
  await writeFile(join(folder, "many/b.csv"), "query,response\nq,r\n");
  await writeFile(join(folder, "many/deep/c.jsonl"), pair(3));
  await writeFile(join(folder, "many/notes.md"), "no rows");
  await writeFile(join(folder, "none.jsonl"), "\n");
  await writeFile(join(folder, "one.jsonl"), pair(0));
  await writeFile(join(folder, "odd.jsonl"), Array.from({ length: 500 }, (_, i) => `{"a${i}": ${i}`).join("\n"));
  await writeFile(join(folder, "named.jsonl"), '{"Frage":"q","Antwort":"r"}\n');
});
afterAll(() => rm(folder, { recursive: true }));

describe("loadRows", () => {
  it("names file and line of each row", async () => {
    const { train } = await loadRows([join(folder, "ten.jsonl")], options);
    expect(train[3]?.origin).toBe(`${join(folder, "ten.jsonl")}:4`);
  });

  it("takes #N without replacement, and whole copies beyond the size", async () => {
    const path = join(folder, "ten.jsonl");
    const origins = async (spec: string) => (await loadRows([spec], options)).train.map(({ origin }) => origin);
    const four = await origins(`${path}#4`);
    expect(new Set(four).size).toBe(4);
    expect(await origins(`${path}#4`)).toEqual(four);
    const many = await origins(`${path}#23`);
    expect(many.length).toBe(23);
    expect(new Set(many.slice(0, 10)).size).toBe(10);
    expect(new Set(many.slice(20)).size).toBe(3);
  });

  it("counts dropped rows by reason with their places, and keeps the rest", async () => {
    const { train, dropped } = await loadRows([join(folder, "bad.jsonl")], options);
    expect(train.length).toBe(2);
    expect(dropped.map(({ count }) => count)).toEqual([1, 1]);
    expect(dropped[0]?.examples[0]).toContain("bad.jsonl:2");
  });

  it("stops at the first bad row in strict mode", async () => {
    const failure = await loadRows([join(folder, "bad.jsonl")], { ...options, strict: true }).catch((e: unknown) => e);
    expect(isTunesmithError(failure, "E_DATA_ROW") && failure.message).toContain("bad.jsonl:2");
  });

  it("holds out a share, the same for a seed", async () => {
    const split = await loadRows([join(folder, "ten.jsonl")], { ...options, splitDatasetRatio: 0.3 });
    expect([split.train.length, split.validation.length]).toEqual([7, 3]);
    const again = await loadRows([join(folder, "ten.jsonl")], { ...options, splitDatasetRatio: 0.3 });
    expect(again.validation).toEqual(split.validation);
  });

  it("says of every row which dataset it is from, held out or not, repeated or interleaved", async () => {
    const specs = [join(folder, "ten.jsonl"), `${join(folder, "many")}#4`];
    const { train, validation } = await loadRows(specs, {
      ...options,
      splitDatasetRatio: 0.3,
      interleaveProb: [0.5, 0.5],
      stoppingStrategy: "all_exhausted",
    });
    for (const { origin, dataset } of [...train, ...validation]) {
      expect(dataset).toBe(origin.includes("ten.jsonl") ? 0 : 1);
    }
    expect(new Set(train.map(({ dataset }) => dataset)).size).toBe(2);
  });

  it("says so when a dataset is empty or missing", async () => {
    const codes = await Promise.all(
      ["none.jsonl", "missing.jsonl", "many/notes.md"].map((name) =>
        loadRows([join(folder, name)], options).catch((error: unknown) => isTunesmithError(error) && error.code),
      ),
    );
    expect(codes).toEqual(["E_DATA_EMPTY", "E_DATA_FILE", "E_DATA_FILE"]);
  });

  it("never holds out a row that is also trained on, even when rows are repeated", async () => {
    const spec = `${join(folder, "ten.jsonl")}#25`;
    const { train, validation } = await loadRows([spec], { ...options, splitDatasetRatio: 0.2 });
    expect([train.length, validation.length]).toEqual([23, 2]);
    const held = new Set(validation.map(({ origin }) => origin));
    expect(train.filter(({ origin }) => held.has(origin))).toEqual([]);
    expect(new Set(train.map(({ origin }) => origin)).size).toBe(8);
  });

  it("holds out at least one row, and refuses where none would be left", async () => {
    const { validation } = await loadRows([join(folder, "ten.jsonl")], { ...options, splitDatasetRatio: 0.01 });
    expect(validation.length).toBe(1);
    const failure = await loadRows([join(folder, "one.jsonl")], { ...options, splitDatasetRatio: 0.5 }).catch(
      (error: unknown) => error,
    );
    expect(isTunesmithError(failure, "E_DATA_EMPTY") && failure.message).toContain("one.jsonl");
  });

  it("reads the validation rows given, and says so when they are none", async () => {
    const [ten, bad] = [join(folder, "ten.jsonl"), join(folder, "bad.jsonl")];
    const given = await loadRows([ten], { ...options, valSpecs: [bad], splitDatasetRatio: 0.5 });
    expect([given.train.length, given.validation.length]).toEqual([10, 2]);
    expect(given.sources).toEqual([
      { spec: ten, rows: 10 },
      { spec: bad, rows: 2 },
    ]);
    const failure = await loadRows([ten], { ...options, valSpecs: [join(folder, "none.jsonl")] }).catch(
      (error: unknown) => error,
    );
    expect(isTunesmithError(failure, "E_DATA_EMPTY") && failure.message).toContain("none.jsonl");
  });

  it("counts mistakes of a kind together, with place and fix of the first", async () => {
    const specs = [join(folder, "ten.jsonl"), join(folder, "odd.jsonl")];
    const failure = await loadRows(specs, options).catch((error: unknown) => error);
    const message = isTunesmithError(failure, "E_DATA_EMPTY") ? failure.message : "";
    expect(message).toContain("500 x not JSON");
    expect(message).toContain("odd.jsonl:1");
    expect(message.length).toBeLessThan(700);
    const { dropped } = await loadRows([join(folder, "bad.jsonl")], options);
    expect(dropped.find(({ reason }) => reason === "no response")?.examples[0]).toContain("bad.jsonl:3: response: ");
  });

  it("refuses a mapping of a column that no row has", async () => {
    const spec = join(folder, "named.jsonl");
    const { train } = await loadRows([spec], { ...options, columns: { frage: "query", Antwort: "response" } });
    expect(train[0]?.conversation.messages.map(({ content }) => content)).toEqual(["q", "r"]);
    const columns = { Frage: "query", Antwrt: "response" };
    const failure = await loadRows([spec], { ...options, columns }).catch((error: unknown) => error);
    expect(isTunesmithError(failure, "E_DATA_COLUMNS") && failure.message).toContain('Did you mean "Antwort"?');
  });

  it("mixes, shuffles and limits by the seed", async () => {
    const [ten, bad] = [join(folder, "ten.jsonl"), join(folder, "bad.jsonl")];
    const mixed = await loadRows([ten, bad], {
      ...options,
      interleaveProb: [0.5, 0.5],
      stoppingStrategy: "all_exhausted",
    });
    expect(new Set(mixed.train.map(({ origin }) => origin)).size).toBe(12);
    const shuffled = await loadRows([ten], { ...options, shuffle: true });
    const plain = await loadRows([ten], options);
    expect(shuffled.train).not.toEqual(plain.train);
    expect(shuffled.train.map(({ origin }) => origin).toSorted()).toEqual(
      plain.train.map(({ origin }) => origin).toSorted(),
    );
    expect((await loadRows([ten], { ...options, limit: 3 })).train).toEqual(plain.train.slice(0, 3));
  });

  it("stops when told to", async () => {
    const failure = await loadRows([join(folder, "ten.jsonl")], { ...options, signal: AbortSignal.abort() }).catch(
      (error: unknown) => error,
    );
    expect((failure as Error).name).toBe("AbortError");
  });
});

it("a tally stays small however many reasons there are", () => {
  const tally = createTally();
  for (let i = 0; i < 10_000; i++) tally.add(`reason ${i}`, `x:${i}`);
  const list = tally.list();
  expect(list.length).toBe(101);
  expect(list.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
  expect(list[0]).toEqual({ reason: "other reasons", count: 9_900, examples: ["x:100", "x:101", "x:102"] });
});
