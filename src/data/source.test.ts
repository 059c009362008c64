import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { globPattern } from "./glob.ts";
import { filesOf, parseDatasetSpec, takeRows, type Split } from "./source.ts";

let folder = "";
const files = [
  "many/a.jsonl",
  "many/b.csv",
  "many/deep/c.jsonl",
  "many/notes.md",
  "many/README.txt",
  "many/.hidden.jsonl",
  "many/.cache/x.jsonl",
  "many/dataset_info.json",
  "texts/one.txt",
  "texts/two.txt",
  "split/train-00000.jsonl",
  "split/Test.jsonl",
  "split/data/dev.jsonl",
  "split/constraint.jsonl",
  "tested/train.jsonl",
  "tested/test.jsonl",
  "real#3",
  "odd#3.jsonl",
  "brackets[1]/x.jsonl",
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "source-"));
  for (const file of files) {
    await mkdir(join(folder, file, ".."), { recursive: true });
    await writeFile(join(folder, file), '{"text":"x"}');
  }
  await mkdir(join(folder, "links"));
  await symlink(join(folder, "many/a.jsonl"), join(folder, "links/linked.jsonl"));
  await symlink(join(folder, "nowhere"), join(folder, "links/broken.jsonl"));
});
afterAll(() => rm(folder, { recursive: true }));

const names = async (path: string, split?: Split): Promise<readonly string[]> =>
  (await filesOf(join(folder, path), split)).map((file) => file.slice(folder.length + 1));

describe("filesOf", () => {
  it("reads folders deeply, without texts, descriptions and hidden files among tables", async () => {
    expect(await names("many")).toEqual(["many/a.jsonl", "many/b.csv", "many/deep/c.jsonl"]);
    expect(await names("texts")).toEqual(["texts/one.txt", "texts/two.txt"]);
    expect(await names("links")).toEqual(["links/linked.jsonl"]);
    expect(await names("brackets[1]")).toEqual(["brackets[1]/x.jsonl"]);
  });

  it("keeps the splits of a folder apart", async () => {
    expect(await names("split")).toEqual(["split/train-00000.jsonl"]);
    expect(await names("split", "validation")).toEqual(["split/data/dev.jsonl"]);
    expect(await names("tested", "validation")).toEqual(["tested/test.jsonl"]);
    expect(await names("many", "validation")).toEqual(await names("many"));
  });

  it("reads globs as shells do", async () => {
    expect(await names("many/*.jsonl")).toEqual(["many/a.jsonl"]);
    expect(await names("many/**/*.jsonl")).toEqual(["many/a.jsonl", "many/deep/c.jsonl"]);
    expect(await names("many/{a,b}.*")).toEqual(["many/a.jsonl", "many/b.csv"]);
    expect(await names("{many,texts}/[a-o]*")).toEqual(["many/a.jsonl", "many/b.csv", "texts/one.txt"]);
  });

  it.each([
    ["many/d.jsonl", "a.jsonl"],
    ["many/notes.md", "suffix"],
    ["many/*.parquet", "no readable"],
    ["gone/*.jsonl", "no readable|cannot be read"],
  ])("refuses %s", async (path, words) => {
    const failure = await names(path).catch((error: unknown) => error);
    expect(isTunesmithError(failure, "E_DATA_FILE") && failure.message).toMatch(new RegExp(words));
  });
});

describe("globPattern", () => {
  it.each([
    ["a?.json", "ab.json", "a/.json"],
    ["[!a]x", "bx", "ax"],
    ["[z-a]x", "", "ax"],
    ["a+(b)$", "a+(b)$", "aab"],
    ["{a*,b}.c", "axx.c", "bb.c"],
    ["a{b", "a{b", "ab"],
    ["x[", "x[", "x"],
    ["a\nb*", "a\nbc", "ab"],
  ])("%j", (glob, matching, other) => {
    if (matching !== "") expect(globPattern(glob).test(matching)).toBe(true);
    expect(globPattern(glob).test(other)).toBe(false);
  });
});

describe("parseDatasetSpec", () => {
  it("takes #N off, unless it is part of the file's name", async () => {
    expect(await parseDatasetSpec("x.jsonl#500")).toEqual({ path: "x.jsonl", take: 500 });
    expect(await parseDatasetSpec("x#1.jsonl")).toEqual({ path: "x#1.jsonl", take: undefined });
    expect(await parseDatasetSpec(join(folder, "real#3"))).toEqual({ path: join(folder, "real#3"), take: undefined });
  });

  it.each(["x.jsonl#0", `x.jsonl#${"9".repeat(30)}`])("refuses %s", async (spec) => {
    const failure = await parseDatasetSpec(spec).catch((error: unknown) => error);
    expect(isTunesmithError(failure, "E_DATA_FILE")).toBe(true);
  });
});

describe("takeRows", () => {
  it("draws without replacement, and whole copies beyond the size", () => {
    const some = takeRows(100, 30, 1);
    expect(new Set(some).size).toBe(30);
    expect(takeRows(100, 30, 1)).toEqual(some);
    expect(takeRows(100, 30, 2)).not.toEqual(some);
    expect(takeRows(100, 30, 1, 1)).not.toEqual(some);
    const many = takeRows(10, 25, 1);
    expect(many.slice(0, 20)).toEqual([...Array(2)].flatMap(() => Array.from({ length: 10 }, (_, i) => i)));
    expect(new Set(many.slice(20)).size).toBe(5);
    expect(takeRows(3, undefined, 1)).toEqual([0, 1, 2]);
  });
});
