import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { loadRows, type LoadRowsOptions } from "./dataset.ts";
import { filesOf } from "./source.ts";

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

  it("says so when a dataset is empty or missing", async () => {
    const codes = await Promise.all(
      ["none.jsonl", "missing.jsonl", "many/notes.md"].map((name) =>
        loadRows([join(folder, name)], options).catch((error: unknown) => isTunesmithError(error) && error.code),
      ),
    );
    expect(codes).toEqual(["E_DATA_EMPTY", "E_DATA_FILE", "E_DATA_FILE"]);
  });
});

describe("filesOf", () => {
  it("reads folders deeply and globs as shells do", async () => {
    const names = async (path: string) =>
      (await filesOf(join(folder, path))).map((file) => file.slice(folder.length + 1));
    expect(await names("many")).toEqual(["many/a.jsonl", "many/b.csv", "many/deep/c.jsonl"]);
    expect(await names("many/*.jsonl")).toEqual(["many/a.jsonl"]);
    expect(await names("many/**/*.jsonl")).toEqual(["many/a.jsonl", "many/deep/c.jsonl"]);
    expect(await names("many/{a,b}.*")).toEqual(["many/a.jsonl", "many/b.csv"]);
  });
});
