import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runSql } from "./sql.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sql-"));
});
afterAll(() => rm(folder, { recursive: true }));

const plain = { files: [], maxMemory: 256 * 2 ** 20, limit: 10 } as const;

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const temporaries = async (): Promise<readonly string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith("tunesmith-sql-"));

describe("data sql", () => {
  it("joins files by their columns, and files that the query names", async () => {
    const rows = await file("rows.jsonl", '{"id": 1, "text": "one"}\n{"id": 2, "text": "two"}\n');
    const more = await file("more.csv", "id,lang\n3,en\n");
    const scores = await file("scores.jsonl", '{"id": 2, "score": 0.5}\n{"id": 3, "score": 0.25}\n');
    const query = `SELECT id, text, lang, score FROM rows JOIN '${scores}' USING (id) ORDER BY id`;
    const result = await runSql(query, { ...plain, files: [rows, more] });
    expect(result.columns).toEqual(["id", "text", "lang", "score"]);
    expect(result.rows.map(([id, ...rest]) => [Number(id), ...rest])).toEqual([
      [2, "two", null, 0.5],
      [3, null, "en", 0.25],
    ]);
  });

  it("takes names of files as they are: no patterns, and no way out of their quotes", async () => {
    await file("ab.jsonl", '{"x": "other"}\n');
    for (const name of ["a*.jsonl", "a?.jsonl", "[a]b.jsonl", "it's.jsonl", "a'); DROP VIEW rows; --.jsonl"]) {
      const path = await file(name, `{"x": ${JSON.stringify(name)}}\n`);
      const { rows } = await runSql("SELECT x FROM rows", { ...plain, files: [path] });
      expect(rows).toEqual([[name]]);
    }
    const csv = await file("c*.csv", "x\nhere\n");
    await file("cd.csv", "x\nother\n");
    expect((await runSql("FROM rows", { ...plain, files: [csv] })).rows).toEqual([["here"]]);
  });

  it("sorts more than fits into its memory, on disk, and leaves nothing there", async () => {
    const before = await temporaries();
    // 8 million rows of 40 bytes and more.
    const query =
      "SELECT count(*) AS n, sum(CASE WHEN key < before THEN 1 ELSE 0 END) AS wrong FROM " +
      "(SELECT key, lag(key) OVER () AS before FROM (SELECT md5(i::VARCHAR) AS key FROM range(8000000) t(i) ORDER BY key))";
    const { rows } = await runSql(query, { ...plain, maxMemory: 192 * 2 ** 20 });
    expect(rows[0]?.map(Number)).toEqual([8_000_000, 0]);
    expect(await temporaries()).toEqual(before);
  });

  it("says that memory is too small, and what to do", async () => {
    const query = "SELECT list(md5(i::VARCHAR)) FROM range(8000000) t(i)";
    await expect(runSql(query, { ...plain, maxMemory: 64 * 2 ** 20 })).rejects.toMatchObject({
      code: "E_DATA_SQL",
      fix: expect.stringContaining("--max-memory") as string,
    });
  });

  it("writes its result as JSON lines, CSV and Parquet", async () => {
    const query = "SELECT * FROM (VALUES (1, 'a, \"b\"'), (2, 'ü')) t(id, text)";
    const written = async (name: string): Promise<string> => {
      const exportPath = join(folder, "out", name);
      await runSql(`${query};`, { ...plain, exportPath });
      return exportPath;
    };
    expect(await readFile(await written("it's.jsonl"), "utf8")).toBe(
      '{"id":1,"text":"a, \\"b\\""}\n{"id":2,"text":"ü"}\n',
    );
    expect(await readFile(await written("t.csv"), "utf8")).toBe('id,text\n1,"a, ""b"""\n2,ü\n');
    const bytes = await readFile(await written("t.parquet"));
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    expect(await parquetReadObjects({ file: buffer })).toEqual([
      { id: 1, text: 'a, "b"' },
      { id: 2, text: "ü" },
    ]);
    expect((await readdir(join(folder, "out"))).sort()).toEqual(["it's.jsonl", "t.csv", "t.parquet"]);
  });

  it("leaves an earlier result alone when the query fails", async () => {
    const exportPath = await file("kept.jsonl", "earlier\n");
    await expect(runSql("SELECT error('no')", { ...plain, exportPath, overwrite: true })).rejects.toThrow("E_DATA_SQL");
    expect(await readFile(exportPath, "utf8")).toBe("earlier\n");
    expect((await readdir(folder)).filter((name) => name.includes(".tmp-"))).toEqual([]);
  });

  it.each([
    ["SELEC 1", "query:1:1", 'Parser: syntax error at or near "SELEC".'],
    ["SELECT 1,\n  nope", "query:2:3", 'Binder: Referenced column "nope" was not found'],
    [" \n SELECT *\nFROM 'none'", "query:3:6", "Catalog: Table with name none does not exist"],
    ["SELECT * FROM 'none.jsonl'", "query", 'No files found that match the pattern "none.jsonl".'],
  ])("names the place of a mistake: %j", async (query, where, what) => {
    const error = await runSql(query, plain).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "E_DATA_SQL", where, what: expect.stringContaining(what) as string });
  });

  it("names it also when the result is written, and none in files that are the fault", async () => {
    const exportPath = join(folder, "none.jsonl");
    await expect(runSql("SELECT nope", { ...plain, exportPath })).rejects.toMatchObject({ where: "query:1:8" });
    const missing = join(folder, "missing.jsonl");
    await expect(runSql("FROM rows", { ...plain, files: [missing] })).rejects.toMatchObject({ where: "query" });
  });

  it("asks the network for nothing", async () => {
    await expect(runSql("FROM 'https://example.com/a.parquet'", plain)).rejects.toThrow("requires the extension");
  });

  it("gives as many rows as it is asked for, and says when there are more", async () => {
    const result = await runSql("FROM range(5000)", { ...plain, limit: 3 });
    expect(result.rows.flat().map(Number)).toEqual([0, 1, 2]);
    expect(result.more).toBe(true);
  });
});
