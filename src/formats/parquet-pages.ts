/**
 * A look at the page headers of a Parquet column before hyparquet decodes it: there a field that is missing from a
 * damaged header becomes NaN, on which its loops do not end, and a count that lies takes all memory.
 *
 * Follows PageHeader in parquet.thrift. What lies inside the pages is not checked.
 */
import { parquetHeader } from "hyparquet/src/column.js";

/** More numbers than this on one page are not believed. */
const VALUES_LIMIT = 2 ** 27;
/** Nor more bytes once it is unpacked. */
const PAGE_BYTES_LIMIT = 2 ** 31;

/** Why a column chunk cannot be decoded, or undefined. @throws RangeError and others from a header cut short */
export function findPageFault(chunk: ArrayBuffer): string | undefined {
  const reader = { view: new DataView(chunk), offset: 0 };
  for (let page = 1; reader.offset < chunk.byteLength - 1; page++) {
    const start = reader.offset;
    const header = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    const fault = sizesFault(header);
    if (fault !== undefined) return `page ${page} ${fault}`;
    if (!isCount(packed, chunk.byteLength - reader.offset)) return `page ${page} claims ${packed} bytes`;
    if (!isCount(unpacked, PAGE_BYTES_LIMIT)) return `page ${page} claims ${unpacked} bytes when unpacked`;
    reader.offset += packed;
    if (reader.offset <= start) return `page ${page} does not end`;
  }
  return undefined;
}

function sizesFault(header: ReturnType<typeof parquetHeader>): string | undefined {
  const { type, data_page_header: first, data_page_header_v2: second, dictionary_page_header: dictionary } = header;
  if (type === "DATA_PAGE_V2") {
    if (second === undefined) return "has no header of its kind";
    const { definition_levels_byte_length: definitions, repetition_levels_byte_length: repetitions } = second;
    if (!isCount(definitions + repetitions, header.compressed_page_size) || definitions < 0 || repetitions < 0) {
      return `claims ${definitions} and ${repetitions} bytes of levels`;
    }
    if (!isCount(second.num_rows, VALUES_LIMIT) || !isCount(second.num_nulls, second.num_values)) {
      return `claims ${second.num_rows} rows and ${second.num_nulls} nulls`;
    }
    return valuesFault(second.num_values);
  }
  if (type === "DATA_PAGE") return valuesFault(first?.num_values);
  return type === "DICTIONARY_PAGE" ? valuesFault(dictionary?.num_values) : `is of unknown kind ${type}`;
}

function valuesFault(count: unknown): string | undefined {
  return isCount(count, VALUES_LIMIT) ? undefined : `claims ${String(count)} values`;
}

function isCount(value: unknown, limit: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= limit;
}
