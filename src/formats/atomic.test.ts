import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPointer, replaceSymlink, sweepTemporary, writeDirectoryAtomic, writeFileAtomic } from "./atomic.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "atomic-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("writeFileAtomic", () => {
  it("replaces a file and leaves nothing beside it", async () => {
    const path = join(folder, "a");
    await writeFileAtomic(path, "one");
    await writeFileAtomic(path, "two");
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(folder)).toEqual(["a"]);
  });
});

describe("writeDirectoryAtomic", () => {
  const path = () => join(folder, "run");

  it("makes the folder appear whole, replacing an older one", async () => {
    for (const text of ["one", "two"]) await writeDirectoryAtomic(path(), (dir) => writeFile(join(dir, text), text));
    expect(await readdir(path())).toEqual(["two"]);
  });

  it("keeps the older folder when filling fails, and cleans up", async () => {
    const failing = writeDirectoryAtomic(path(), async (dir) => {
      await writeFile(join(dir, "half"), "");
      throw new Error("the power went");
    });
    await expect(failing).rejects.toThrow("the power went");
    expect(await readdir(path())).toEqual(["two"]);
    expect((await readdir(folder)).toSorted()).toEqual(["a", "run"]);
  });

  it("lets leftovers of a crash be swept, and nothing else", async () => {
    await mkdir(join(folder, "checkpoint-5.tmp-123-abcdef01"));
    await writeFile(join(folder, "notes.tmp"), "");
    expect(await sweepTemporary(folder)).toEqual(["checkpoint-5.tmp-123-abcdef01"]);
    expect(await readdir(folder)).toContain("notes.tmp");
  });
});

describe("replaceSymlink", () => {
  it("moves a pointer from one target to another", async () => {
    const link = join(folder, "last");
    for (const target of ["run", "a"]) await replaceSymlink(link, target);
    expect(await readPointer(link)).toBe("a");
    expect(await readPointer(join(folder, "none"))).toBeUndefined();
  });
});
