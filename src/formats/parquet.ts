/** Parquet, one row group at a time, through hyparquet. Whole numbers beyond 2^53 stay texts. */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { fail } from "../base/errors.ts";
import type { RawRow } from "./row-reader.ts";

export async function* readParquet(path: string): AsyncGenerator<RawRow> {
  const broken = (cause: unknown): never =>
    fail("E_DATA_FILE", { where: path, what: `the parquet file cannot be read: ${(cause as Error).message}.`, cause });
  const file = await asyncBufferFromFile(path).catch(broken);
  const metadata = await parquetMetadataAsync(file).catch(broken);
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const rows = await parquetReadObjects({ file, metadata, compressors, rowStart: start, rowEnd: end }).catch(broken);
    for (const [i, row] of rows.entries()) yield { line: start + i + 1, value: plain(row) };
    start = end;
  }
}

/** Values as JSON has them; absent ones left out, so that columns of other rows do not appear as nulls. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]) => (item === null || item === undefined ? [] : [[key, plain(item)]])),
    );
  }
  return value;
}
