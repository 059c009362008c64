import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Block, FileFault } from "./block.ts";
import { linesOf } from "./item.ts";
import { readBlocks } from "./read-blocks.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "blocks-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function blocksOf(
  files: readonly string[],
  maxRowBytes = 1 << 25,
  from = { file: 0, block: 0 },
): Promise<{ readonly blocks: readonly Block[]; readonly faults: readonly FileFault[] }> {
  const faults: FileFault[] = [];
  const blocks: Block[] = [];
  const options = { maxRowBytes, onFileFault: (fault: FileFault) => void faults.push(fault), from };
  for await (const block of readBlocks(files, options)) blocks.push(block);
  return { blocks, faults };
}

/** Line and text of every row, and line and reason of what is none. */
function contents(blocks: readonly Block[]) {
  const read = blocks.map((block) => linesOf(block));
  return {
    rows: read.flatMap(({ items }) => items.map(({ line, text }) => [line, text])),
    bad: read.flatMap(({ bad }) => bad.map(({ line }) => line)),
    tooLong: blocks.flatMap(({ faults }) => faults.map(({ line }) => line)),
  };
}

describe("lines cut into blocks", () => {
  const line = fc.oneof(
    fc.constantFrom("", "   ", "\r", '{"a":1}', '{"a":1}\r', "{broken", '{"ä":"日本"}', `{"long":"${"x".repeat(60)}"}`),
    fc.nat(90).map((n) => `{"t":"${"y".repeat(n)}"}`),
  );

  it("hold every row with its line, whatever the lines", async () => {
    const path = join(folder, "any.jsonl");
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 40 }), fc.boolean(), fc.boolean(), async (lines, mark, end) => {
        const limit = 64;
        await writeFile(path, `${mark ? "\uFEFF" : ""}${lines.join("\n")}${end && lines.length > 0 ? "\n" : ""}`);
        const long = (text: string): boolean => Buffer.byteLength(text) > limit;
        const wanted = lines.map((text, i) => [i + 1, text] as const).filter(([, text]) => text.trim() !== "");
        const { blocks } = await blocksOf([path], limit);
        const found = contents(blocks);
        expect(found.tooLong).toEqual(wanted.filter(([, text]) => long(text)).map(([at]) => at));
        expect(found.bad).toEqual(wanted.filter(([, text]) => text === "{broken").map(([at]) => at));
        expect(found.rows).toEqual(
          wanted
            .filter(([, text]) => !long(text) && text !== "{broken")
            .map(([at, text]) => [at, text.replace(/\r$/, "")]),
        );
        expect(blocks.map(({ index }) => index)).toEqual(blocks.map((_, i) => i));
      }),
      { numRuns: 150 },
    );
  });

  it("end at the first line end behind a megabyte, and say how much of the file they took", async () => {
    const path = join(folder, "large.jsonl");
    const text = `${JSON.stringify({ text: "word ".repeat(5000) })}\n`.repeat(200);
    await writeFile(path, text);
    const { blocks } = await blocksOf([path]);
    const row = text.length / 200;
    const perBlock = Math.ceil(2 ** 20 / row);
    expect(blocks.map(({ bytes }) => bytes.length / row)).toEqual([
      ...Array.from({ length: Math.floor(200 / perBlock) }, () => perBlock),
      200 % perBlock,
    ]);
    expect(blocks.reduce((sum, { consumed }) => sum + consumed, 0)).toBe(text.length);
  });

  it("one line that is too long, at the end and without a line end, is told with its number", async () => {
    const path = join(folder, "endless.jsonl");
    await writeFile(path, `{"a":1}\n${"x".repeat(5000)}`);
    const { blocks } = await blocksOf([path], 1000);
    expect(contents(blocks)).toEqual({ rows: [[1, '{"a":1}']], bad: [], tooLong: [2] });
    expect(blocks.flatMap(({ faults }) => faults)[0]?.reason).toBe("the line is too long: over 1000 bytes");
  });

  it("what is not UTF-8 is one bad row, and its neighbours are none", async () => {
    const path = join(folder, "bytes.jsonl");
    await writeFile(
      path,
      Buffer.concat([Buffer.from('{"a":1}\n{"b":"'), Buffer.from([0xff]), Buffer.from('"}\n{"c":1}\n')]),
    );
    const { blocks } = await blocksOf([path]);
    expect(contents(blocks)).toEqual({
      rows: [
        [1, '{"a":1}'],
        [3, '{"c":1}'],
      ],
      bad: [2],
      tooLong: [],
    });
  });
});

describe("files", () => {
  it("of every format give the same rows", async () => {
    const rows = [
      { a: "1", b: "x y" },
      { a: "2", b: "ä" },
    ];
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    const files = {
      "f.jsonl": lines,
      "f.ndjson": lines,
      "f.jsonl.gz": gzipSync(lines),
      "f.json": JSON.stringify(rows, null, 2),
      "f.csv": "a,b\n1,x y\n2,ä\n",
      "f.tsv": "a\tb\n1\tx y\n2\tä\n",
    };
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(folder, name), text);
      const { blocks } = await blocksOf([join(folder, name)]);
      const found = blocks.flatMap((block) => linesOf(block).items.map(({ row }) => row));
      expect(found, name).toEqual(rows);
      expect(
        blocks.reduce((sum, { consumed }) => sum + consumed, 0),
        name,
      ).toBe(Buffer.from(text).length);
    }
  });

  it("that are cut short give what came before, and are told of", async () => {
    const path = join(folder, "cut.jsonl.gz");
    const lines = Array.from({ length: 20_000 }, (_, i) => `${JSON.stringify({ i, t: String(i * 7919) })}\n`);
    await writeFile(path, gzipSync(lines.join("")));
    await truncate(path, Math.floor((await readFile(path)).length / 2));
    const { blocks, faults } = await blocksOf([path, path]);
    const { rows } = contents(blocks.filter(({ fileNumber }) => fileNumber === 0));
    expect(rows.length).toBeGreaterThan(5000);
    expect(rows).toEqual(lines.slice(0, rows.length).map((text, i) => [i + 1, text.trim()]));
    expect(faults).toEqual(
      Array.from({ length: 2 }, () => ({
        file: path,
        reason: expect.stringContaining("unexpected end") as string,
        fix: "The compressed file is cut short: fetch it again.",
      })),
    );
  });

  it("before a position are not opened, and blocks keep their numbers", async () => {
    const paths = ["p.jsonl", "q.jsonl"].map((name) => join(folder, name));
    for (const path of paths) await writeFile(path, '{"a":1}\n');
    const { blocks } = await blocksOf([join(folder, "not-there.jsonl"), ...paths], 1 << 20, { file: 2, block: 7 });
    expect(blocks.map(({ index, file, fileNumber }) => [index, file, fileNumber])).toEqual([[7, paths[1], 2]]);
  });
});
