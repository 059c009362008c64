import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { appendJsonl } from "./append-jsonl.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "append-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("appendJsonl", () => {
  it("adds a line for each value, making the file, and does not mix those of writers at once", async () => {
    const path = join(folder, "many.jsonl");
    const values = Array.from({ length: 200 }, (_, i) => ({ i, text: "é\n".repeat(i) }));
    await Promise.all(values.map((value) => appendJsonl(path, value)));
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    const read = lines.map((line) => JSON.parse(line) as { i: number });
    expect(read.toSorted((a, b) => a.i - b.i)).toEqual(values);
  });

  it("does not lose a line to one that a crash has cut", async () => {
    const path = join(folder, "cut.jsonl");
    await writeFile(path, '{"step":1}\n{"step":');
    await appendJsonl(path, { step: 2 });
    expect(await readFile(path, "utf8")).toBe('{"step":1}\n{"step":\n{"step":2}\n');
  });

  it("refuses what is no JSON, and says why a file cannot be written", async () => {
    await expect(appendJsonl(join(folder, "a"), undefined)).rejects.toThrow("no JSON");
    const error: unknown = await appendJsonl(join(folder, "none", "a"), 1).catch((caught: unknown) => caught);
    expect(isTunesmithError(error, "E_FILE_WRITE")).toBe(true);
  });
});
