import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { rowReaderOf, type RawRow } from "./row-readers.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rows-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(name: string, content: string | Uint8Array): Promise<readonly RawRow[]> {
  const path = join(folder, name);
  await writeFile(path, content);
  const reader = rowReaderOf(path);
  const rows: RawRow[] = [];
  for await (const row of reader?.(path) ?? []) rows.push(row);
  return rows;
}

describe("row readers", () => {
  it("read JSON lines with a mark, CRLF, blank lines and no last newline, and go on after a bad one", async () => {
    const rows = await read("a.jsonl", '\ufeff{"a":1}\r\n\n{"a":}\n{"a":"é"}');
    expect(rows.map(({ line }) => line)).toEqual([1, 3, 4]);
    expect(rows[0]?.value).toEqual({ a: 1 });
    expect(rows[1]?.error).toMatch(/^not JSON/);
    expect(rows[2]?.value).toEqual({ a: "é" });
  });

  it("report a line of broken UTF-8 by its number", async () => {
    const rows = await read(
      "b.jsonl",
      Buffer.concat([Buffer.from('{"a":1}\n'), Uint8Array.of(0x22, 0xff, 0x22, 0x0a)]),
    );
    expect(rows[1]).toEqual({ line: 2, error: "the line is not UTF-8" });
  });

  it("read lines that straddle the chunks of the stream", async () => {
    const long = "x".repeat(700_000);
    const rows = await read("c.jsonl", `{"t":"${long}"}\n{"t":"y"}\n`);
    expect(rows.map(({ value }) => (value as { t: string }).t.length)).toEqual([700_000, 1]);
  });

  it("unpack gzip, and say when it is cut short", async () => {
    const packed = gzipSync('{"a":1}\n{"a":2}\n');
    expect((await read("d.jsonl.gz", packed)).map(({ value }) => value)).toEqual([{ a: 1 }, { a: 2 }]);
    const failure = await read("e.jsonl.gz", packed.subarray(0, packed.length - 9)).catch((error: unknown) => error);
    expect(isTunesmithError(failure, "E_DATA_FILE")).toBe(true);
  });

  it("read a JSON array, a lone object, and JSON lines under the wrong name", async () => {
    expect((await read("f.json", '[{"a":1},{"a":2}]')).length).toBe(2);
    expect((await read("g.json", '{"a":1}'))[0]?.value).toEqual({ a: 1 });
    expect((await read("h.json", '{"a":1}\n{"a":2}\n'))[1]).toEqual({ line: 2, value: { a: 2 } });
    const failure = await read("i.json", '[{"a":1},\n{"a":oops}]').catch((error: unknown) => error);
    expect(isTunesmithError(failure, "E_DATA_FILE")).toBe(true);
  });

  it("read CSV with quoted newlines and commas", async () => {
    const rows = await read("j.csv", 'q,r\n"a,\nb",c\n"d",\n');
    expect(rows.map(({ value }) => value)).toEqual([{ q: "a,\nb", r: "c" }, { q: "d" }]);
  });

  it("read TSV and text lines", async () => {
    expect((await read("k.tsv", "q\tr\n1\t2\n"))[0]?.value).toEqual({ q: "1", r: "2" });
    expect(await read("l.txt", "one\n\ntwo\n")).toEqual([
      { line: 1, value: { text: "one" } },
      { line: 3, value: { text: "two" } },
    ]);
  });

  it("read parquet with nested values and nulls", async () => {
    const buffer = parquetWriteBuffer({
      columnData: [
        { name: "q", data: ["a", "b"], type: "STRING" },
        { name: "n", data: [1n, 2n], type: "INT64" },
        { name: "m", data: [[{ role: "user", content: "hi" }], null], type: "JSON" },
      ],
    });
    const rows = await read("m.parquet", new Uint8Array(buffer));
    expect(rows[0]?.value).toEqual({ q: "a", n: 1, m: [{ role: "user", content: "hi" }] });
    expect(rows[1]?.value).toEqual({ q: "b", n: 2 });
  });
});
