/**
 * A look at the page headers of a Parquet column before hyparquet decodes it: there a field that is missing from a
 * damaged header becomes NaN, on which its loops do not end, and a count that lies takes all memory.
 *
 * Follows PageHeader in parquet.thrift. What lies inside the pages is for parquet-runs.ts: here is where to look.
 */
import { findHybridFault, type PageFacts } from "./parquet-runs.ts";
import { parquetHeader } from "hyparquet/src/column.js";

/** More numbers than this on one page are not believed. Fewer may still be too many for the memory: see parquet.ts. */
const VALUES_LIMIT = 2 ** 25;
/** Nor more bytes once it is unpacked. */
const PAGE_BYTES_LIMIT = 2 ** 29;

/** The column that pages belong to. */
export type ColumnFacts = Pick<PageFacts, "repetition" | "definition" | "type">;

export interface Pages {
  /** Why the column cannot be decoded. */
  readonly fault?: string;
  /** Values of all data pages, and of the longest. */
  readonly values: number;
  readonly longest: number;
  /** What can be packed in each page, by its offset. */
  readonly bodies: ReadonlyMap<number, PageBody>;
}

export interface PageBody extends PageFacts {
  /** Bytes as they are in the file. */
  readonly packed: number;
  /** Whether they are unpacked, whatever packs the column. */
  readonly plain: boolean;
}

/** Looks at all pages of a column chunk. @throws RangeError and others from a header cut short */
export function lookAtPages(chunk: ArrayBuffer, column: ColumnFacts): Pages {
  const bodies = new Map<number, PageBody>();
  let [values, longest] = [0, 0];
  const fault = findPageFault(chunk, (header, offset) => {
    const { data_page_header: first, data_page_header_v2: second, compressed_page_size: size } = header;
    const levels =
      second === undefined ? 0 : second.definition_levels_byte_length + second.repetition_levels_byte_length;
    const count = (second ?? first)?.num_values ?? 0;
    values += count;
    longest = Math.max(longest, count);
    bodies.set(offset + levels, {
      ...column,
      encoding: (second ?? first)?.encoding ?? "PLAIN",
      values: count,
      separate: first === undefined,
      packed: size - levels,
      plain: second?.is_compressed === false,
    });
    return second === undefined ? undefined : levelsFault(chunk, offset, second, column);
  });
  return { ...(fault === undefined ? {} : { fault }), values, longest, bodies };
}

type Header = ReturnType<typeof parquetHeader>;

/** Levels of a page of version 2 are never packed. */
function levelsFault(
  chunk: ArrayBuffer,
  offset: number,
  header: NonNullable<Header["data_page_header_v2"]>,
  { repetition, definition }: ColumnFacts,
): string | undefined {
  const middle = offset + header.repetition_levels_byte_length;
  const parts = [
    [repetition, offset, middle],
    [definition, middle, middle + header.definition_levels_byte_length],
  ] as const;
  for (const [highest, start, end] of parts) {
    if (highest === 0) continue;
    const width = 32 - Math.clz32(highest);
    const fault = findHybridFault(new Uint8Array(chunk, start, end - start), width, header.num_values);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function findPageFault(
  chunk: ArrayBuffer,
  look: (header: Header, offset: number) => string | undefined,
): string | undefined {
  const reader = { view: new DataView(chunk), offset: 0 };
  for (let page = 1; reader.offset < chunk.byteLength - 1; page++) {
    const start = reader.offset;
    const header = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header;
    const fault = sizesFault(header);
    if (fault !== undefined) return `page ${page} ${fault}`;
    if (!isCount(packed, chunk.byteLength - reader.offset)) return `page ${page} claims ${packed} bytes`;
    if (!isCount(unpacked, PAGE_BYTES_LIMIT)) return `page ${page} claims ${unpacked} bytes when unpacked`;
    const inside = look(header, reader.offset);
    if (inside !== undefined) return `page ${page} ${inside}`;
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
