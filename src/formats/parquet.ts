/**
 * Parquet, one row group at a time, through hyparquet. Whole numbers beyond 2^53 become texts, dates ISO texts.
 * The bytes of a row group must fit into memory; its values are decoded some at a time, unless columns are nested.
 */
import { asyncBufferFromFile, parquetMetadataAsync, type RowGroup } from "hyparquet";
import { fail } from "../base/errors.ts";
import { readColumns, type ReadGroup } from "./parquet-group.ts";
import { checkRegularFile } from "./read-file.ts";
import { megabytes, type RawRow, type RowReaderOptions } from "./row-reader.ts";

/** `line` is the number of the row. @throws E_DATA_FILE */
export async function* readParquet(path: string, options: RowReaderOptions = {}): AsyncGenerator<RawRow> {
  const { onRead, maxGroupBytes = Number.POSITIVE_INFINITY } = options;
  const broken = (cause: unknown): never =>
    fail("E_DATA_FILE", {
      where: path,
      what: `the Parquet file cannot be read: ${(cause as Error).message}.`,
      fix: "Fetch or write the file again.",
      cause,
    });
  await checkRegularFile(path, { code: "E_DATA_FILE", limit: Number.POSITIVE_INFINITY });
  const file = await asyncBufferFromFile(path).catch(broken);
  const metadata = await parquetMetadataAsync(file).catch(broken);
  let start = 0;
  let read = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const size = isFlat(group) ? packedBytes(group) : Number(group.total_byte_size);
    if (size > maxGroupBytes) failGroup(path, size, maxGroupBytes);
    const columns = await readColumns(file, metadata, group).catch(broken);
    const taken = isFlat(group) ? columns.pageValues * VALUE_BYTES : columns.values * NESTED_VALUE_BYTES;
    if (taken > Math.min(maxGroupBytes, GROUP_LIMIT)) failGroup(path, taken, Math.min(maxGroupBytes, GROUP_LIMIT));
    read += packedBytes(group);
    onRead?.(read);
    const count = end - start;
    const { decoded: step, made } = rowsAtOnce(group, columns);
    for (let first = 0; first < count; first += step) {
      const last = Math.min(count, first + step);
      const decoded = await columns.decode(first, last).catch(broken);
      for (let from = first; from < last; from += made) {
        const rows = await decoded(from, Math.min(last, from + made)).catch(broken);
        for (const [i, row] of rows.entries()) yield { line: start + from + i + 1, value: plain(row) };
      }
    }
    start = end;
  }
}

/** Bytes of values, unpacked, that are made objects of at one time; eight times as much is decoded. */
const SLICE_BYTES = 8 * 2 ** 20;

/** Cells that are made at one time: a few bytes of a file can be runs of millions. */
const SLICE_CELLS = 2 ** 18;

/** A value while its page is decoded and held: references and numbers, as indices and looked up, with what was before. */
const VALUE_BYTES = 32;
/** Nested ones are arrays and objects. */
const NESTED_VALUE_BYTES = 64;

/** What a row group may take when nothing else is said. */
const GROUP_LIMIT = 2 ** 31;

/**
 * How many rows of a group are decoded at one time, and how many objects are made of them. A page is decoded whole for
 * each part of it that is wanted, so that a part is no smaller than the longest page, unless its rows are large.
 * Pages of nested columns cannot be passed over: there it is all.
 */
function rowsAtOnce(group: RowGroup, { longestPage }: ReadGroup): { readonly decoded: number; readonly made: number } {
  const rows = Math.max(1, Number(group.num_rows));
  if (!isFlat(group)) return { decoded: rows, made: rows };
  const within = (bytes: number): number =>
    Math.ceil(rows / Math.max(1, Math.ceil(Number(group.total_byte_size) / bytes)));
  const made = Math.min(within(SLICE_BYTES), Math.max(1024, Math.ceil(SLICE_CELLS / group.columns.length)));
  return { made, decoded: Math.max(made, Math.min(longestPage, within(8 * SLICE_BYTES))) };
}

const isFlat = ({ columns }: RowGroup): boolean =>
  columns.every(({ meta_data: column }) => column?.path_in_schema.length === 1);

const packedBytes = ({ total_compressed_size: packed, total_byte_size: unpacked }: RowGroup): number =>
  Number(packed ?? unpacked);

function failGroup(where: string, size: number, limit: number): never {
  return fail("E_DATA_FILE", {
    where,
    what: `a row group takes ${megabytes(size)} of memory, and ${megabytes(limit)} are allowed.`,
    fix: "Raise max_memory, or write the file with smaller row groups.",
  });
}

const OWN = { enumerable: true, writable: true, configurable: true } as const;

/** Values as JSON has them; absent ones left out, so that columns of other rows do not appear as nulls. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    // By far the most of the time of a file of short rows goes here, so that no lists of entries are made.
    const row: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      const item = (value as Readonly<Record<string, unknown>>)[key];
      if (item === null || item === undefined) continue;
      if (key === "__proto__") Object.defineProperty(row, key, { ...OWN, value: plain(item) });
      else row[key] = plain(item);
    }
    return row;
  }
  return value;
}
