import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openAppendFile } from "./append-file.ts";
import { fingerprintOf, newJournal, readJournal, writeJournal } from "./journal.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "journal-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const journal = { ...newJournal("f", 2, 100), stage: 1, files: { "rows.jsonl": 4, "stage-0.rows": 3 } };

describe("a journal", () => {
  it("cuts files back to what it says of them, and deletes what it does not know", async () => {
    for (const name of ["rows.jsonl", "bad.jsonl", "stage-0.rows"]) await writeFile(at(name), "abcdef");
    await writeJournal(folder, journal);
    expect(await readJournal(folder, "f")).toEqual(journal);
    expect(await readFile(at("rows.jsonl"), "utf8")).toBe("abcd");
    expect(await readFile(at("stage-0.rows"), "utf8")).toBe("abc");
    expect(await readdir(folder)).not.toContain("bad.jsonl");
  });

  it("is none for another job, when it is damaged, or when a file is shorter or gone", async () => {
    await writeJournal(folder, journal);
    expect(await readJournal(folder, "f")).toBeUndefined();
    await writeFile(at("rows.jsonl"), "abcd");
    await writeFile(at("stage-0.rows"), "ab");
    expect(await readJournal(folder, "f")).toBeUndefined();
    await writeFile(at("stage-0.rows"), "abc");
    expect(await readJournal(folder, "f")).toEqual(journal);
    expect(await readJournal(folder, "g")).toBeUndefined();
    await writeFile(at("journal.json"), '{"fingerprint": "f", ');
    expect(await readJournal(folder, "f")).toBeUndefined();
  });

  it("is of one job and one state of its files", async () => {
    await writeFile(at("a"), "1");
    const first = await fingerprintOf({ steps: [1] }, [at("a")]);
    expect(await fingerprintOf({ steps: [1] }, [at("a")])).toBe(first);
    expect(await fingerprintOf({ steps: [2] }, [at("a")])).not.toBe(first);
    expect(await fingerprintOf({ steps: [1] }, [at("a"), at("a")])).not.toBe(first);
    await writeFile(at("a"), "12");
    expect(await fingerprintOf({ steps: [1] }, [at("a")])).not.toBe(first);
  });
});

describe("a file that grows", () => {
  it("goes on where it was whole", async () => {
    await writeFile(at("x"), "abcdef");
    const file = await openAppendFile(at("x"), 3);
    await file.append(Buffer.from("XY"));
    expect(file.size()).toBe(5);
    await file.sync();
    expect(await readFile(at("x"), "utf8")).toBe("abcXY");
    await file.append(Buffer.from("Z"));
    await file.close();
    expect(await readFile(at("x"), "utf8")).toBe("abcXYZ");
  });
});
