/**
 * Parquet, one row group at a time, through hyparquet. Whole numbers beyond 2^53 become texts, dates ISO texts.
 * A row group is the least that can be read, so that it must fit into memory.
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
import type { RawRow, RowReaderOptions } from "./row-reader.ts";

/** `line` is the number of the row. @throws E_DATA_FILE */
export async function* readParquet(path: string, { onRead }: RowReaderOptions = {}): AsyncGenerator<RawRow> {
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
    const range = { rowStart: start, rowEnd: end };
    const rows = await readColumns(file, group)
      .then((checked) => parquetReadObjects({ file: checked, metadata, compressors, ...range }))
      .catch(broken);
    read += Number(group.total_compressed_size ?? group.total_byte_size);
    onRead?.(read);
    if (rows.length !== end - start) broken(new Error(`a row group claims ${end - start} rows, has ${rows.length}`));
    for (const [i, row] of rows.entries()) yield { line: start + i + 1, value: plain(row) };
    start = end;
  }
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
      return chunk === undefined ? file.slice(start, end) : chunk.bytes.slice(start - chunk.start, stop - chunk.start);
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
