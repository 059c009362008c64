import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readParquet } from "../../formats/parquet.ts";
import { runIn, writeRows } from "./testing/jobs.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "export-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

async function parquetRows(path: string): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for await (const { value } of readParquet(path)) rows.push(value);
  return rows;
}

const rows = Array.from({ length: 25 }, (_, i) => ({ id: i, text: `row ${i}`, nested: { tags: [`t${i}`] } }));

describe("formats", () => {
  it("hold the same rows", async () => {
    await writeRows(at("in.jsonl"), rows);
    await runIn(folder, [], { exportPath: at("out.json"), exportType: "json" });
    expect(JSON.parse(await readFile(at("out.json"), "utf8"))).toEqual(rows);
    await runIn(folder, [], { exportPath: at("out.parquet"), exportType: "parquet" });
    expect(await parquetRows(at("out.parquet"))).toEqual(rows);
    await runIn(folder, [], { exportPath: at("again.jsonl"), files: [at("out.parquet"), at("out.json")] });
    const lines = (await readFile(at("again.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([...rows, ...rows]);
  });

  it("keep whole numbers beyond 2^53: in Parquet as texts", async () => {
    await writeRows(at("in.jsonl"), ['{"id":12345678901234567890,"text":"a\u00A0b"}']);
    const steps = ["whitespace_normalization_mapper"] as const;
    await runIn(folder, steps, { exportPath: at("out.json"), exportType: "json" });
    expect(await readFile(at("out.json"), "utf8")).toContain('{"id":12345678901234567890,"text":"a b"}');
    await runIn(folder, steps, { exportPath: at("out.parquet"), exportType: "parquet" });
    expect(await parquetRows(at("out.parquet"))).toEqual([{ id: "12345678901234567890", text: "a b" }]);
  });

  it("of no rows at all are whole files", async () => {
    await writeRows(at("in.jsonl"), rows);
    const none = [["text_length_filter", { min_len: 1000 }]] as const;
    for (const type of ["jsonl", "json", "parquet"] as const) {
      await runIn(folder, none, { exportPath: at(`none.${type}`), exportType: type });
    }
    expect(await readFile(at("none.jsonl"), "utf8")).toBe("");
    expect(await readFile(at("none.json"), "utf8")).toBe("[]\n");
    expect(await parquetRows(at("none.parquet"))).toEqual([]);
    await expect(runIn(folder, [], { files: [at("none.parquet")] })).rejects.toThrow(/E_DATA_EMPTY/);
  });

  it("of Parquet take columns of mixed and nested types, missing fields and odd names", async () => {
    const mixed = [
      { a: 1, b: { x: 1 }, c: [1, "two", null], d: null, "": "empty", "a.b": 1, f: 1 },
      { a: "text", b: { y: [{ z: 1.5 }] }, c: [], __proto_: 1, f: 2.5 },
      { a: { deep: true }, b: null, e: [[1], [2, 3]], f: 9_007_199_254_740_991 },
    ];
    await writeRows(at("in.jsonl"), mixed);
    await runIn(folder, [], { exportPath: at("out.parquet"), exportType: "parquet" });
    const [first, second, third] = (await parquetRows(at("out.parquet"))) as Record<string, unknown>[];
    expect(first).toMatchObject({ b: { x: 1 }, "": "empty", "a.b": 1, f: 1 });
    expect(second).toMatchObject({ a: "text", b: { y: [{ z: 1.5 }] }, __proto_: 1, f: 2.5 });
    expect(third).toMatchObject({ a: { deep: true }, e: [[1], [2, 3]] });
  });
});

describe("shards", () => {
  it("have Data-Juicer's names, follow one another, and replace those of an earlier run alone", async () => {
    await writeRows(at("in.jsonl"), rows);
    const size = (await readFile(at("in.jsonl"))).length;
    await writeRows(at("out-00000-of-00002.jsonl"), [{ not: "ours" }]);
    await runIn(folder, [], { exportShardSize: Math.ceil(size / 11.5) });
    const first = (await readdir(folder)).filter((name) => name.startsWith("out-")).sort();
    expect(first).toHaveLength(13);
    expect(first).toEqual(expect.arrayContaining(["out-00000-of-00002.jsonl", "out-000-of-012.jsonl"]));
    const report = await runIn(folder, [], { exportShardSize: Math.ceil(size / 2.5) });
    expect(report.files.map((path) => path.slice(folder.length + 1))).toEqual([
      "out-00-of-03.jsonl",
      "out-01-of-03.jsonl",
      "out-02-of-03.jsonl",
    ]);
    const texts = await Promise.all(report.files.map((path) => readFile(path, "utf8")));
    expect(texts.join("")).toBe(await readFile(at("in.jsonl"), "utf8"));
    expect(texts.map((text) => text.split("\n").length - 1)).toEqual([9, 8, 8]);
    await runIn(folder, []);
    expect((await readdir(folder)).sort()).toEqual(["in.jsonl", "out-00000-of-00002.jsonl", "out.jsonl"]);
  });

  it("that are read are not deleted", async () => {
    await writeRows(at("in-00-of-02.jsonl"), rows);
    const files = [at("in-00-of-02.jsonl")];
    await expect(runIn(folder, [], { files, exportPath: at("in.jsonl") })).rejects.toThrow(/E_OUTPUT_INPUT/);
    await runIn(folder, [], { files, exportPath: at("other.jsonl"), exportShardSize: 400 });
    expect(await readdir(folder)).toContain("in-00-of-02.jsonl");
  });

  it("of no row is one file", async () => {
    await writeRows(at("in.jsonl"), rows);
    const report = await runIn(folder, [["text_length_filter", { min_len: 1000 }]], { exportShardSize: 10 });
    expect(report.files).toEqual([at("out.jsonl")]);
  });
});

it("side files of an earlier run go when there is nothing for them", async () => {
  await writeRows(at("in.jsonl"), [{ text: "a\u00A0b" }, "{"]);
  await runIn(folder, ["whitespace_normalization_mapper"]);
  expect(await readdir(folder)).toEqual(expect.arrayContaining(["out_bad.jsonl", "out_stats.jsonl"]));
  await writeRows(at("in.jsonl"), [{ text: "a b" }]);
  await runIn(folder, ["whitespace_normalization_mapper"]);
  expect((await readdir(folder)).sort()).toEqual(["in.jsonl", "out.jsonl"]);
});

it("statistics have a line for every row, also where only later rows have any", async () => {
  const filler = { text: "x".repeat(1 << 20) };
  await writeRows(at("in.jsonl"), [filler, filler, { text: "a\u00A0b" }]);
  await runIn(folder, ["whitespace_normalization_mapper"]);
  const lines = (await readFile(at("out_stats.jsonl"), "utf8")).trim().split("\n");
  expect(lines.slice(0, 2)).toEqual(['{"__dj__stats__":{}}', '{"__dj__stats__":{}}']);
  expect(lines[2]).toContain("whitespace_normalization_mapper");
});

it("a full disk is told as one, and what was there before is whole", async ({ skip }) => {
  const disk = at("disk");
  await mkdir(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], { stdio: "ignore" });
  } catch {
    skip("a small disk cannot be mounted here");
  }
  try {
    await writeFile(join(disk, "out.jsonl"), "before\n");
    await writeRows(
      at("in.jsonl"),
      Array.from({ length: 40 }, (_, i) => ({ i, text: "x".repeat(100_000) })),
    );
    const exportPath = join(disk, "out.jsonl");
    await expect(runIn(folder, [], { exportPath })).rejects.toThrow(/E_DISK_FULL/);
    expect(await readFile(exportPath, "utf8")).toBe("before\n");
    execFileSync("mount", ["-o", "remount,size=20m", disk]);
    const report = await runIn(folder, [], { exportPath });
    expect(report.rowsWritten).toBe(40);
    expect(Buffer.compare(await readFile(exportPath), await readFile(at("in.jsonl")))).toBe(0);
  } finally {
    execFileSync("umount", [disk]);
  }
});
