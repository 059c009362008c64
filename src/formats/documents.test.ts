import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isDocument, readDocument } from "./documents.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "documents-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function rowsOf(name: string, bytes: string | Uint8Array, maxLineBytes?: number): Promise<readonly unknown[]> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const rows: unknown[] = [];
  for await (const row of readDocument(path, maxLineBytes === undefined ? {} : { maxLineBytes })) rows.push(row);
  return rows;
}

it.each(["a.txt", "A.MD", "b.C", "x.tar.py", "c.html.gz", "d.tex.zst"])("%s is a document", (name) => {
  expect(isDocument(name)).toBe(true);
});

it.each(["a.jsonl", "a.pdf", "py", ".gz", "a.md.bz2"])("%s is none", (name) => {
  expect(isDocument(name)).toBe(false);
});

// As py-data-juicer 1.6.1 reads them.
it("is one row, line ends and all", async () => {
  expect(await rowsOf("a.txt", "line one\nline two\n\nline four\n")).toEqual([
    { line: 1, value: { text: "line one\nline two\n\nline four\n" } },
  ]);
  expect(await rowsOf("b.md", "a\r\nb\rc")).toEqual([{ line: 1, value: { text: "a\nb\nc" } }]);
  expect(await rowsOf("c.py", "")).toEqual([{ line: 1, value: { text: "" } }]);
  expect(await rowsOf("d.md.gz", gzipSync("# x\n"))).toEqual([{ line: 1, value: { text: "# x\n" } }]);
});

it("that is not UTF-8 or too long has a fault", async () => {
  expect(await rowsOf("e.txt", Uint8Array.of(0x61, 0xff))).toEqual([{ line: 1, error: "the document is not UTF-8" }]);
  expect(await rowsOf("f.txt", "12345678", 7)).toEqual([{ line: 1, error: "the document is too long: over 7 bytes" }]);
});
