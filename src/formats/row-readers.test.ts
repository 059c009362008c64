import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { rowReaderOf, rowReaders, rowSuffixes, type RawRow, type RowReaderOptions } from "./row-readers.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rows-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(
  name: string,
  content: string | Uint8Array,
  options?: RowReaderOptions,
): Promise<readonly RawRow[]> {
  const path = join(folder, name);
  await writeFile(path, content);
  const reader = rowReaderOf(path);
  const rows: RawRow[] = [];
  for await (const { text: _text, ...row } of reader?.(path, options) ?? []) rows.push(row);
  return rows;
}

async function refusal(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.catch((caught: unknown) => caught);
  return isTunesmithError(error, "E_DATA_FILE") ? error.message : `not refused: ${String(error)}`;
}

const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Uint8Array.of(part))));

const values = (rows: readonly RawRow[]): readonly unknown[] => rows.map(({ value }) => value);

describe("tables separated by something else", () => {
  it.each([
    ["semicolons.csv", "query;response\na;b\n", "separated by semicolons, not by commas"],
    ["commas.tsv", "query,response\na,b\n", "separated by commas, not by tabs"],
  ])("are named: %s", async (name, content, told) => {
    expect(await refusal(read(name, content))).toContain(told);
  });
  it("one column is a table", async () => {
    expect(values(await read("one.csv", "text\na;b\n"))).toEqual([{ text: "a;b" }]);
  });
});

describe("rows nested too deep", () => {
  const deep = `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  it.each([
    ["deep.jsonl", `{"b":1}\n${deep}\n{"b":2}`],
    ["deep.json", `[{"b":1},${deep},{"b":2}]`],
  ])("are errors, and those around them are read: %s", async (name, content) => {
    const rows = await read(name, content);
    expect(values(rows)).toEqual([{ b: 1 }, undefined, { b: 2 }]);
    expect(rows[1]?.error).toBe("nested over 1000 levels deep");
  });
});

describe("JSON lines", () => {
  it("are read with a mark, CRLF, blank lines and no last newline, and go on after a bad one", async () => {
    const rows = await read("a.jsonl", '\ufeff{"a":1}\r\n\n{"a":}\n{"a":"é"}');
    expect(rows).toEqual([
      { line: 1, value: { a: 1 } },
      {
        line: 3,
        column: 6,
        error: 'not JSON: expected a value, found "}" at column 6 (the line begins {"a":})',
      },
      { line: 4, value: { a: "é" } },
    ]);
  });

  it("of broken UTF-8 are told by their number", async () => {
    const rows = await read("b.jsonl", bytes('{"a":1}\n"', 0xff, '"\n{"a":2}\n'));
    expect(rows).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 2, error: "the line is not UTF-8" },
      { line: 3, value: { a: 2 } },
    ]);
  });

  it("that straddle the chunks of the stream are whole", async () => {
    const long = "x".repeat(700_000);
    const rows = await read("c.jsonl", `{"t":"${long}"}\n{"t":"y"}\n`);
    expect(rows.map(({ value }) => (value as { t: string }).t.length)).toEqual([700_000, 1]);
  });

  it("over the limit are errors, and do not hide what follows", async () => {
    const rows = await read("d.ndjson", `{"a":1}\n"${"x".repeat(600_000)}"\n{"a":2}`, { maxLineBytes: 1000 });
    expect(rows).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 2, error: "the line is too long: over 1000 bytes" },
      { line: 3, value: { a: 2 } },
    ]);
  });

  it("are unpacked from gzip, and it is told when that is cut short or none", async () => {
    const packed = gzipSync('{"a":1}\n{"a":2}\n');
    expect(values(await read("e.jsonl.gz", packed))).toEqual([{ a: 1 }, { a: 2 }]);
    expect(await refusal(read("f.jsonl.gz", packed.subarray(0, -9)))).toContain("cut short");
    expect(await refusal(read("g.jsonl.gz", "{}"))).toContain("g.jsonl.gz");
  });

  it("in UTF-16 are refused with what to do", async () => {
    const text = Buffer.from('\ufeff{"a":1}', "utf16le");
    expect(await refusal(read("h.jsonl", text))).toContain("Save it as UTF-8");
  });

  it("read what was written, for any values", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (list) => {
        const text = list.map((value) => JSON.stringify(value)).join("\n");
        expect(values(await read("any.jsonl", text))).toEqual(JSON.parse(JSON.stringify(list)));
      }),
      { numRuns: 50 },
    );
  });
});

describe("JSON", () => {
  it("is a list, a lone object, or JSON lines under the wrong name", async () => {
    expect(await read("a.json", '[{"a":1},\n\n  {"a":2},{"a":3}]')).toEqual([
      { line: 1, row: 1, value: { a: 1 } },
      { line: 3, row: 2, value: { a: 2 } },
      { line: 3, row: 3, value: { a: 3 } },
    ]);
    expect(values(await read("b.json", '\ufeff{\n"a":1}\n'))).toEqual([{ a: 1 }]);
    expect(await read("c.json", '{"a":1}\n{"a":2}\n')).toEqual([
      { line: 1, row: 1, value: { a: 1 } },
      { line: 2, row: 2, value: { a: 2 } },
    ]);
    expect(values(await read("d.json.gz", gzipSync('[{"a":1}]')))).toEqual([{ a: 1 }]);
    expect(await read("e.json", "[]")).toEqual([]);
  });

  it.each([
    ['[{"a":1},\n {"a":oops}]', ':2:7: not JSON: expected a value, found "oops"'],
    ['[{"a":1},\n {"b":\n"é" "c"}]', ':3:5: not JSON: expected "," or "}", found'],
    ['[{"a":1} {"a":2}]', ":1:10: not JSON"],
    ['[{"a":1},\n{"a":2},\n]', ':3:1: not JSON: expected a value, found "]"'],
    ['[{"a":1},\n{"a":', ":2:1: not JSON: the file ends inside the value"],
    ['{"a":1}\n{"a":}', ":2:6: not JSON"],
    ["\n\n{'a':1}", ":3:2: not JSON: expected a key in double quotes"],
  ])("that is broken (%j) is told by line and column", async (text, message) => {
    expect(await refusal(read("broken.json", text))).toContain(`broken.json${message}`);
  });

  it("of broken UTF-8, or a value over the limit, is refused", async () => {
    expect(await refusal(read("f.json", bytes('[{"a":1},\n"', 0xff, '"]')))).toContain(
      "f.json:2:1: not JSON: the value",
    );
    const long = `{"rows":["${"x".repeat(2_000_000)}"]}`;
    expect(await refusal(read("g.json", long, { maxLineBytes: 1 << 20 }))).toContain("longer than 1 MB");
  });
});

describe("tables", () => {
  it("are read with quoted newlines and commas, and empty cells and unnamed columns left out", async () => {
    const rows = await read("a.csv", ',q,r,\n0,"a,\nb",c,\n1,"d",,\n');
    expect(rows).toEqual([
      { line: 2, value: { q: "a,\nb", r: "c" } },
      { line: 4, value: { q: "d" } },
    ]);
  });

  it.each(["\n", "\r\n"])("name the line where a row begins (line end %j)", async (end) => {
    const lines = ["q,r", "", '"a', "", 'b",c', "", "d,e", "f", "g,h"];
    const rows = await read("b.csv", `\ufeff${lines.join(end)}`);
    expect(rows.map(({ line }) => line)).toEqual([3, 7, 8, 9]);
    expect(rows[0]?.value).toEqual({ q: `a${end}${end}b`, r: "c" });
    expect(rows[2]?.error).toBe("ragged row: 1 cells, and 2 in the header");
    expect(rows[3]?.value).toEqual({ q: "g", r: "h" });
  });

  it("keep their line numbers over many rows", async () => {
    const text = Array.from({ length: 60_000 }, (_, i) => (i % 3 === 0 ? `"${i}\n",x` : `${i},x`)).join("\n");
    const rows = await read("c.csv", `q,r\n${text}\n`);
    expect(rows).toHaveLength(60_000);
    const wrong = rows.filter(({ line, value }) => {
      const i = Number((value as { q: string }).q);
      return line !== 2 + i + Math.ceil(i / 3);
    });
    expect(wrong).toEqual([]);
  });

  it("have an error for each row of broken UTF-8, where replacement characters would hide it", async () => {
    const rows = await read("d.csv", bytes('q,r\na,b\n"', 0xff, '\nx",c\nd,e\nf,', 0xc3));
    expect(rows).toEqual([
      { line: 2, value: { q: "a", r: "b" } },
      { line: 3, error: "the row is not UTF-8" },
      { line: 5, value: { q: "d", r: "e" } },
      { line: 6, error: "the row is not UTF-8" },
    ]);
  });

  it("are refused when a column comes twice or a quote is not closed", async () => {
    expect(await refusal(read("e.csv", "q,q\n1,2\n"))).toContain('e.csv:1: the header names the column "q" twice');
    expect(await refusal(read("f.csv", 'q,r\n1,2\n"3,4\n5,6\n'))).toContain(
      "f.csv:3: the table cannot be read: a quote",
    );
    const endless = await refusal(read("g.csv", `q,r\n"${"x".repeat(5000)}`, { maxLineBytes: 1000 }));
    expect(endless).toContain("g.csv:2: the table cannot be read: the row that begins here is longer than 1000 bytes");
    expect(await refusal(read("h.csv", bytes("q", 0xff, "\n1\n")))).toContain("the header is not UTF-8");
  });

  it("are read as TSV and from gzip, and may be empty", async () => {
    expect(values(await read("i.tsv", "q\tr\n1,0\t2\n"))).toEqual([{ q: "1,0", r: "2" }]);
    expect(values(await read("j.csv.gz", gzipSync("q\n1\n")))).toEqual([{ q: "1" }]);
    expect(await read("k.csv", "")).toEqual([]);
    expect(await read("l.csv", "q,r\n")).toEqual([]);
  });
});

describe("text", () => {
  it("is read by lines", async () => {
    expect(await read("a.txt", "one\r\n\n two\n")).toEqual([
      { line: 1, value: { text: "one" } },
      { line: 3, value: { text: " two" } },
    ]);
  });

  it("is read by paragraphs, one with a broken line being an error", async () => {
    const text = bytes("\none\ntwo\n \n\nthree\n\nfour\n", 0xff, "\nfive\n\nsix");
    expect(await read("b.txt", text, { sampleBy: "paragraph" })).toEqual([
      { line: 2, value: { text: "one\ntwo" } },
      { line: 6, value: { text: "three" } },
      { line: 9, error: "the line is not UTF-8" },
      { line: 12, value: { text: "six" } },
    ]);
    const long = await read("c.txt", `${"abc\n".repeat(10)}\nd`, { sampleBy: "paragraph", maxLineBytes: 20 });
    expect(long).toEqual([
      { line: 1, error: "the paragraph is too long: over 20 bytes" },
      { line: 12, value: { text: "d" } },
    ]);
  });
});

describe("Parquet", () => {
  const table = (rowGroupSize: number) =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "q", data: ["a", "b", "c"], type: "STRING" },
          { name: "n", data: [1n, 2n ** 60n, -3n], type: "INT64" },
          { name: "m", data: [[{ role: "user", content: "hi" }], null, []], type: "JSON" },
        ],
        rowGroupSize,
      }),
    );

  it.each([3, 1])("is read with nested values and nulls (%i rows in a group)", async (rowGroupSize) => {
    expect(await read("a.parquet", table(rowGroupSize))).toEqual([
      { line: 1, value: { q: "a", n: 1, m: [{ role: "user", content: "hi" }] } },
      { line: 2, value: { q: "b", n: "1152921504606846976" } },
      { line: 3, value: { q: "c", n: -3, m: [] } },
    ]);
  });

  it("with a page header that lacks its sizes is refused instead of decoded for ever", async () => {
    const damaged = table(3);
    // The size of the first page: the header's other fields are then read from elsewhere.
    damaged[9] = 20;
    expect(await refusal(read("c.parquet", damaged))).toContain("page");
  });

  it("that is damaged is refused or read, and never fails in another way", async () => {
    const whole = table(3);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, value, cut) => {
        const damaged = Uint8Array.from(whole);
        damaged[at] = value;
        const error: unknown = await read("b.parquet", cut ? damaged.subarray(0, at) : damaged).then(
          () => undefined,
          (caught: unknown) => caught,
        );
        if (error !== undefined) expect(isTunesmithError(error, "E_DATA_FILE"), String(error)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe("every reader", () => {
  it("says so when the file is missing, a folder, or cut to nothing", async () => {
    for (const suffix of Object.keys(rowReaders)) {
      const path = join(folder, `none-such${suffix}`);
      const all = async () => {
        for await (const _ of rowReaderOf(path)?.(path) ?? []) expect.unreachable();
      };
      expect(await refusal(all())).toContain(path);
      await writeFile(path, "");
      await truncate(path);
      if (suffix === ".parquet") expect(await refusal(all())).toContain(path);
      else await all();
    }
  });

  it("is found by the name of the file, whatever its case", () => {
    expect(rowReaderOf("/a.b/C.JSONL.GZ")).toBe(rowReaders[".jsonl"]);
    expect(rowReaderOf("a.parquet.gz")).toBeUndefined();
    expect(rowReaderOf("a.b/constructor")).toBeUndefined();
    expect(rowReaderOf("README")).toBeUndefined();
    for (const suffix of rowSuffixes) expect(rowReaderOf(`a${suffix}`), suffix).toBeDefined();
  });

  it("lets go of the file when reading stops early", async () => {
    const { readdir, readlink } = await import("node:fs/promises");
    const text = { ".csv": "q\n", ".json": "[" } as Readonly<Record<string, string>>;
    for (const suffix of [".jsonl", ".csv", ".json", ".txt"]) {
      const path = join(folder, `early${suffix}`);
      await writeFile(path, (text[suffix] ?? "") + (suffix === ".json" ? "1,\n" : "1\n").repeat(1_000_000));
      for await (const row of rowReaderOf(path)?.(path) ?? []) {
        expect(row.error).toBeUndefined();
        break;
      }
      const openFiles = async (): Promise<readonly string[]> => {
        const open = await readdir("/proc/self/fd").catch(() => []);
        return Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
      };
      await expect.poll(openFiles, { timeout: 5000 }).not.toContain(path);
    }
  });
});
