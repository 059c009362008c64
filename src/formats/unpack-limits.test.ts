/** Files of a few bytes that stand for many: they are unpacked as they are taken, or refused. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findHybridFault, findRunFault } from "./parquet-runs.ts";
import { readLines } from "./row-reader.ts";
import { unzstdTo } from "./unzstd.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unpack-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A frame of Zstandard with blocks that each repeat one letter; the window is 1 MiB by itself. */
function repeats(blocks: number, { windowLog = 20, size = 128 * 1024 - 1 } = {}): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (windowLog - 10) << 3]);
  const block = (last: boolean): Buffer => {
    const header = (size << 3) | (1 << 1) | (last ? 1 : 0);
    return Buffer.from([header & 255, (header >> 8) & 255, (header >> 16) & 255, 97]);
  };
  return Buffer.concat([head, ...Array.from({ length: blocks }, (_, i) => block(i === blocks - 1))]);
}

describe("zstd", () => {
  it("waits until what it unpacked is taken", async () => {
    const path = join(folder, "bomb.jsonl.zst");
    await writeFile(path, repeats(2500));
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 5);
    const lines = readLines(path, { maxLineBytes: 2 ** 20 });
    const { value } = await lines.next();
    clearInterval(watch);
    expect(value).toMatchObject({ line: 1, error: expect.stringContaining("too long") });
    // Three hundred megabytes are in the file.
    expect(most - before).toBeLessThan(250 * 2 ** 20);
  });

  it.each([
    ["a window beyond all measure", repeats(3, { windowLog: 30 }), "needs a window of 1073741824 bytes"],
    ["such a window in a later frame", Buffer.concat([repeats(3), repeats(3, { windowLog: 30 })]), "needs a window"],
  ])("refuses %s", async (_, bytes, words) => {
    const path = join(folder, "window.jsonl.zst");
    await writeFile(path, bytes);
    const all = async (): Promise<void> => {
      for await (const line of readLines(path)) expect(line).toBeDefined();
    };
    await expect(all()).rejects.toThrow(words);
    expect(() => unzstdTo(2 ** 20, bytes)).toThrow(words);
  });

  it("refuses small blocks in a large window, each of which costs as much as a large one", () => {
    const bytes = repeats(20_000, { windowLog: 27, size: 1 });
    expect(() => unzstdTo(2 ** 20, bytes)).toThrow("too small for their window");
  });

  it("takes a window that zstd takes", () => {
    expect(unzstdTo(300, repeats(3, { windowLog: 27, size: 100 }))).toHaveLength(300);
  });

  it("refuses a page that is longer than it says", () => {
    expect(unzstdTo(2 * (128 * 1024 - 1), repeats(2))).toHaveLength(2 * (128 * 1024 - 1));
    expect(() => unzstdTo(1000, repeats(2))).toThrow("more than the 1000 bytes");
  });
});

describe("runs of Parquet", () => {
  const varint = (value: number): number[] =>
    value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];

  it.each([
    [[...varint(20 << 1), 1], undefined],
    [[...varint(21 << 1), 1], "has a run of 21 values where 20 are left"],
    [[...varint(2 ** 30 * 2), 1], "has a run of 1073741824 values where 20 are left"],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "has a run without a length"],
    // Three groups of eight, of which the last is filled up.
    [[(3 << 1) | 1, 0, 0, 0], undefined],
  ])("%j", (bytes, fault) => {
    expect(findHybridFault(Uint8Array.from(bytes), 1, 20)).toBe(fault);
  });

  it("refuses texts that repeat their beginnings without an end", () => {
    // 4,000 prefixes of 500,000 bytes each: two gigabytes of a page of some bytes.
    const block = (first: number, delta: number): number[] => [
      ...varint(128 * 32),
      1,
      ...varint(4000),
      ...varint(first * 2),
      ...varint(delta * 2),
      0,
    ];
    const page = Uint8Array.from([...block(500_000, 0), ...block(0, 0)]);
    const facts = { encoding: "DELTA_BYTE_ARRAY", values: 4000, separate: true, repetition: 0, definition: 0 };
    expect(findRunFault(page, { ...facts, type: "BYTE_ARRAY" })).toContain("has texts of more than");
  });
});
