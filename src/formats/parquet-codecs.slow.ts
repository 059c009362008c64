/** Files as DuckDB writes them, in every packing, version and encoding that it has, read as DuckDB reads them. */
import { DuckDBInstance } from "@duckdb/node-api";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetMetadataAsync, asyncBufferFromFile } from "hyparquet";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readParquet } from "./parquet.ts";

const ROWS = 2500;

/** Texts that share beginnings, numbers of all kinds, absent values, lists and structs. */
const table = `
  SELECT i AS id, (i % 7)::INTEGER AS few, (i * 37)::BIGINT AS wide, i / 8.0 AS real, (i / 3.0)::FLOAT AS single,
    i % 3 = 0 AS flag, 'text of ' || (i // 10) || ' and ' || i AS text, CASE WHEN i % 5 = 0 THEN NULL ELSE 'k' || (i % 4) END AS kind,
    CASE WHEN i > 100 AND i < 2000 THEN NULL ELSE i END AS gaps, 'the same' AS same,
    CASE WHEN i % 11 = 0 THEN NULL ELSE [i % 5, NULL, i] END AS list, {'a': i % 9, 'b': 'x' || (i % 3)} AS pair
  FROM range(${ROWS}) t(i)`;

const codecs = ["uncompressed", "snappy", "gzip", "zstd", "lz4_raw", "brotli"];
const kinds = codecs.flatMap((codec) =>
  ["V1", "V2"].flatMap((version) => ["", ", DICTIONARY_SIZE_LIMIT 1"].map((more) => [codec, version, more] as const)),
);

let folder: string;
let database: DuckDBInstance;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "codecs-"));
  database = await DuckDBInstance.create();
});

afterAll(async () => {
  database.closeSync();
  await rm(folder, { recursive: true });
});

/** Without what is absent, as rows are. */
const present = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).filter(([, inner]) => inner !== null))
      : item,
  );

it.each(kinds)("%s, %s%s", async (codec, version, more) => {
  const path = join(folder, `${codec}-${version}-${more.length}.parquet`);
  const connection = await database.connect();
  await connection.run(
    `COPY (${table}) TO '${path}' (FORMAT parquet, COMPRESSION ${codec}, PARQUET_VERSION ${version}, ROW_GROUP_SIZE 2048${more})`,
  );
  const result = await connection.runAndReadAll(`SELECT to_json(t)::VARCHAR FROM '${path}' t`);
  const wanted = result.getRows().map(([text]) => present(JSON.parse(String(text))));
  connection.closeSync();
  const found: unknown[] = [];
  for await (const { value } of readParquet(path)) found.push(present(value));
  expect(found).toHaveLength(ROWS);
  const wrong = found.findIndex((row, i) => JSON.stringify(sorted(row)) !== JSON.stringify(sorted(wanted[i])));
  expect({ wrong, row: found[wrong] }).toEqual({ wrong: -1, row: wanted[wrong] });
});

const sorted = (row: unknown): unknown => Object.entries(row as object).toSorted(([a], [b]) => (a < b ? -1 : 1));

it("the files above have the encodings that matter", async () => {
  const seen = new Set<string>();
  for (const [codec, version, more] of kinds) {
    const file = await asyncBufferFromFile(join(folder, `${codec}-${version}-${more.length}.parquet`));
    const { row_groups: groups } = await parquetMetadataAsync(file);
    for (const { columns } of groups)
      for (const { meta_data: column } of columns) column?.encodings.forEach((name) => seen.add(name));
  }
  expect([...seen]).toEqual(
    expect.arrayContaining([
      "PLAIN",
      "RLE_DICTIONARY",
      "DELTA_BINARY_PACKED",
      "DELTA_LENGTH_BYTE_ARRAY",
      "BYTE_STREAM_SPLIT",
    ]),
  );
});
