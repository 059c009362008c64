import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { globPattern } from "./glob.ts";
import {
  describePassedOver,
  filesOf,
  findFiles,
  parseDatasetSpec,
  takeRows,
  type FolderUse,
  type Split,
} from "./source.ts";

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
  "papers/README.md",
  "papers/a.tex",
  "papers/b.py",
  "papers/c.pdf",
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

it("a take that no memory holds is refused, and one beyond the rows repeats them", () => {
  expect(() => takeRows(8, 1e12, 0)).toThrow("E_DATA_FILE");
  expect(takeRows(8, 20, 0)).toHaveLength(20);
});

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

  it("reads all that it can for the data engine, but what is about the tables beside it", async () => {
    const all = async (path: string): Promise<readonly string[]> =>
      (await filesOf(join(folder, path), "all")).map((file) => file.slice(folder.length + 1));
    expect(await all("split")).toEqual([
      "split/Test.jsonl",
      "split/constraint.jsonl",
      "split/data/dev.jsonl",
      "split/train-00000.jsonl",
    ]);
    expect(await all("many")).toEqual(["many/a.jsonl", "many/b.csv", "many/deep/c.jsonl", "many/notes.md"]);
    expect(await all("texts")).toEqual(["texts/one.txt", "texts/two.txt"]);
    expect(await all("papers")).toEqual(["papers/README.md", "papers/a.tex", "papers/b.py"]);
    expect(await all("papers/b.py")).toEqual(["papers/b.py"]);
    expect(await all("papers/*.tex")).toEqual(["papers/a.tex"]);
  });

  it("tells what of a folder is not read, and why", async () => {
    const told = async (path: string, use: FolderUse): Promise<string | undefined> => {
      const note = describePassedOver(path, await findFiles(join(folder, path), use));
      return note?.replaceAll(/[^ ]*source-\w+\//g, "");
    };
    expect(await told("split", "train")).toBe(
      "split: 1 file is read; passed over: split/Test.jsonl, split/constraint.jsonl, split/data/dev.jsonl " +
        "(not of the train split by their names)",
    );
    expect(await told("many", "train")).toBe(
      "many: 3 files are read; passed over: many/.cache/x.jsonl, many/.hidden.jsonl (hidden); " +
        "many/dataset_info.json (descriptions of a dataset); many/notes.md (no rows by their suffix); many/README.txt (texts beside tables)",
    );
    expect(await told("many", "all")).toContain("many/README.txt (about the tables beside them)");
    expect(await told("papers", "all")).toBe(
      "papers: 3 files are read; passed over: papers/c.pdf (no rows by their suffix)",
    );
    expect(await told("texts", "all")).toBeUndefined();
  });

  it("names what is no file, and opens none of it", async () => {
    const odd = join(folder, "odd");
    await mkdir(odd);
    execFileSync("mkfifo", [join(odd, "pipe.jsonl")]);
    await symlink("nowhere", join(odd, "gone.jsonl"));
    await symlink(folder, join(odd, "round"));
    await symlink("/dev/zero", join(odd, "zero.jsonl"));
    await writeFile(join(odd, "a.jsonl"), "");
    const found = await findFiles(odd);
    expect(found.files).toEqual([join(odd, "a.jsonl")]);
    expect(describePassedOver("odd", found)).toContain("1 file is read");
    expect([...found.passedOver].map(([why, list]) => [why, list.length])).toEqual([
      ["links that lead nowhere", 1],
      ["pipes, devices and the like", 2],
      ["links to folders", 1],
    ]);
    for (const [name, kind] of [
      ["pipe.jsonl", "a pipe"],
      ["zero.jsonl", "a device"],
    ] as const) {
      const failure = await findFiles(join(odd, name)).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: "E_DATA_FILE", what: `this is ${kind}, not a file.` });
    }
    await rm(odd, { recursive: true });
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
