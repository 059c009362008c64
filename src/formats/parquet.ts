/**
 * Parquet, one row group at a time, through hyparquet. Whole numbers beyond 2^53 become texts, dates ISO texts.
 * The bytes of a row group must fit into memory; its values are decoded some at a time, unless columns are nested.
 */
import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  type AsyncBuffer,
  type RowGroup,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { fail } from "../base/errors.ts";
import { findPageFault } from "./parquet-pages.ts";
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
  const file = await asyncBufferFromFile(path).catch(broken);
  const metadata = await parquetMetadataAsync(file).catch(broken);
  let start = 0;
  let read = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const size = isFlat(group) ? packedBytes(group) : Number(group.total_byte_size);
    if (size > maxGroupBytes) failGroup(path, size, maxGroupBytes);
    const checked = await readColumns(file, group).catch(broken);
    read += packedBytes(group);
    onRead?.(read);
    const step = rowsAtOnce(group);
    for (let from = start; from < end; from += step) {
      const range = { rowStart: from, rowEnd: Math.min(end, from + step) };
      const rows = await parquetReadObjects({ file: checked, metadata, compressors, ...range }).catch(broken);
      const wanted = range.rowEnd - from;
      if (rows.length !== wanted) broken(new Error(`a row group lacks rows: ${rows.length} instead of ${wanted}`));
      for (const [i, row] of rows.entries()) yield { line: from + i + 1, value: plain(row) };
    }
    start = end;
  }
}

/** Bytes of values, unpacked, that are made objects of at one time. */
const SLICE_BYTES = 8 * 2 ** 20;

/** How many rows of a group to decode at one time. Pages of nested columns cannot be passed over: there it is all. */
function rowsAtOnce(group: RowGroup): number {
  const rows = Math.max(1, Number(group.num_rows));
  const slices = Math.max(1, Math.ceil(Number(group.total_byte_size) / SLICE_BYTES));
  return isFlat(group) ? Math.ceil(rows / slices) : rows;
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

/** The file, with the columns of one row group read and checked. What decodes them gets the same bytes. */
async function readColumns(file: AsyncBuffer, group: RowGroup): Promise<AsyncBuffer> {
  const rows = Number(group.num_rows);
  if (!Number.isSafeInteger(rows) || rows < 0) throw new Error(`a row group claims ${group.num_rows} rows`);
  const chunks: { readonly start: number; readonly end: number; readonly bytes: ArrayBuffer }[] = [];
  for (const { meta_data: column, file_path: elsewhere } of group.columns) {
    if (column === undefined || elsewhere !== undefined) throw new Error("a column is not in the file");
    const name = column.path_in_schema.join(".");
    const [values, size] = [Number(column.num_values), Number(column.total_compressed_size)];
    const offsets = [column.dictionary_page_offset, column.data_page_offset].map(Number).filter((at) => at > 0);
    const start = Math.min(...offsets);
    if (!(values >= rows) || !(size >= 0) || !(start + size <= file.byteLength)) {
      throw new Error(`column ${name} claims ${values} values for ${rows} rows, in ${size} bytes from ${start} on`);
    }
    const bytes = await file.slice(start, start + size);
    const fault = findPageFault(bytes);
    if (fault !== undefined) throw new Error(`column ${name}: ${fault}`);
    chunks.push({ start, end: start + size, bytes });
  }
  return {
    byteLength: file.byteLength,
    slice: (start, end) => {
      const stop = end ?? file.byteLength;
      const chunk = chunks.find((chunk) => chunk.start <= start && stop <= chunk.end);
      if (chunk === undefined) return file.slice(start, end);
      // A whole column is not copied: it is only looked at, and may be large.
      const whole = start === chunk.start && stop === chunk.end;
      return whole ? chunk.bytes : chunk.bytes.slice(start - chunk.start, stop - chunk.start);
    },
  };
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
