/**
 * One row group of a Parquet file: its columns read, looked at, and decoded by hyparquet, some rows at a time.
 *
 * hyparquet's own reader of rows is passed over for its parts: it may read the file again, other bytes than those that
 * were looked at, and where the schema lacks a column it leaves the others behind to fail with nobody waiting.
 */
import type { AsyncBuffer, Compressors, FileMetaData, ParquetReadOptions, RowGroup, SchemaTree } from "hyparquet";
import { parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { assembleAsync, asyncGroupToRows, readRowGroup } from "hyparquet/src/rowgroup.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getTreePath } from "hyparquet/src/schema.js";
import { lookAtPages, type ColumnFacts, type PageBody } from "./parquet-pages.ts";
import { findRunFault } from "./parquet-runs.ts";
import { flatten } from "hyparquet/src/utils.js";
import { unzstdTo } from "./unzstd.ts";

export interface ReadGroup {
  /** Values of all columns, of the longest page of each, and of the longest of all. */
  readonly values: number;
  readonly pageValues: number;
  readonly longestPage: number;
  /** Decodes the rows from one to another. @throws Error */
  readonly decode: (start: number, end: number) => Promise<DecodedRows>;
}

/** Makes objects of those from one to another, numbered as in the group. */
export type DecodedRows = (start: number, end: number) => Promise<readonly Readonly<Record<string, unknown>>[]>;

interface Chunk {
  readonly column: NonNullable<RowGroup["columns"][number]["meta_data"]>;
  readonly start: number;
  readonly end: number;
  readonly bytes: ArrayBuffer;
}

/** @throws Error that says what is wrong */
export async function readColumns(file: AsyncBuffer, metadata: FileMetaData, group: RowGroup): Promise<ReadGroup> {
  const count = Number(group.num_rows);
  if (!Number.isSafeInteger(count) || count < 0) throw new Error(`a row group claims ${group.num_rows} rows`);
  const tree = parquetSchema(metadata);
  const chunks: Chunk[] = [];
  const bodies = new Map<ArrayBufferLike, ReadonlyMap<number, PageBody>>();
  let [values, pageValues, longestPage] = [0, 0, 0];
  for (const { meta_data: column, file_path: elsewhere } of group.columns) {
    if (column === undefined || elsewhere !== undefined) throw new Error("a column is not in the file");
    const facts = columnFacts(column, tree);
    const chunk = await readChunk(file, column, count);
    const name = column.path_in_schema.join(".");
    const pages = lookAtPages(chunk.bytes, facts);
    if (pages.fault !== undefined) throw new Error(`column ${name}: ${pages.fault}`);
    if (pages.values < Number(column.num_values)) {
      throw new Error(`column ${name} claims ${column.num_values} values and has ${pages.values}`);
    }
    for (const [offset, body] of pages.bodies) {
      if (column.codec !== "UNCOMPRESSED" && !body.plain) continue;
      checkRuns(new Uint8Array(chunk.bytes, offset, body.packed), body);
    }
    bodies.set(chunk.bytes, pages.bodies);
    chunks.push(chunk);
    values += pages.values;
    pageValues += pages.longest;
    longestPage = Math.max(longestPage, pages.longest);
  }
  const source: AsyncBuffer = {
    byteLength: file.byteLength,
    slice: (start, end) => {
      const chunk = chunks.find((chunk) => chunk.start === start && chunk.end === end);
      if (chunk === undefined) throw new Error("a part of the file is wanted that is no column");
      return chunk.bytes;
    },
  };
  const options = { file: source, metadata, compressors: checking(bodies) } satisfies ParquetReadOptions;
  const decode: ReadGroup["decode"] = async (selectStart, selectEnd) => {
    const plan = {
      rowGroup: group,
      groupStart: 0,
      groupRows: count,
      selectStart,
      selectEnd,
      chunks: chunks.map(({ column, start, end }) => ({
        columnMetadata: column,
        range: { startByte: start, endByte: end },
      })),
    };
    const read = readRowGroup(options, { metadata, rowStart: 0, fetches: [], groups: [] }, plan);
    // All are waited for, also when one fails.
    const all = await Promise.allSettled(read.asyncColumns.map(({ data }) => data));
    const failed = all.find(({ status }) => status === "rejected");
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
    const decoded = assembleAsync(read, tree);
    // Pages are joined once, not for each part of the rows.
    const columns = await Promise.all(
      decoded.asyncColumns.map(async ({ pathInSchema, data }) => {
        const { skipped, data: pages } = await data;
        return { pathInSchema, data: Promise.resolve({ skipped, data: [flatten(pages)] }) };
      }),
    );
    return (start, end) => asyncGroupToRows({ ...decoded, asyncColumns: columns }, start, end, undefined, "object");
  };
  return { values, pageValues, longestPage, decode };
}

/** @throws Error when the schema has no such column */
function columnFacts({ path_in_schema: path, type }: Chunk["column"], tree: SchemaTree): ColumnFacts {
  const branch = getTreePath(tree, path);
  const { element, children } = branch.at(-1) as SchemaTree;
  if (children.length > 0 || element.type !== type) throw new Error(`column ${path.join(".")} is of another type`);
  return { repetition: getMaxRepetitionLevel(branch), definition: getMaxDefinitionLevel(branch), type };
}

async function readChunk(file: AsyncBuffer, column: Chunk["column"], rows: number): Promise<Chunk> {
  const [values, size] = [Number(column.num_values), Number(column.total_compressed_size)];
  // As hyparquet finds the place.
  const start = Number(column.dictionary_page_offset || column.data_page_offset);
  if (!(values >= rows) || !(size >= 0) || !(start >= 0) || !(start + size <= file.byteLength)) {
    const name = column.path_in_schema.join(".");
    throw new Error(`column ${name} claims ${values} values for ${rows} rows, in ${size} bytes from ${start} on`);
  }
  return { column, start, end: start + size, bytes: await file.slice(start, start + size) };
}

function checkRuns(page: Uint8Array, body: PageBody): void {
  const fault = findRunFault(page, body);
  if (fault !== undefined) throw new Error(`a page ${fault}`);
}

/** What unpacks pages, with a look at what came out before it is decoded. A page is known by its place. */
function checking(bodies: ReadonlyMap<ArrayBufferLike, ReadonlyMap<number, PageBody>>): Compressors {
  const own: Compressors = { ...compressors, ZSTD: (packed, length) => unzstdTo(length, packed) };
  return Object.fromEntries(
    Object.entries(own).map(([codec, unpack]) => [
      codec,
      (packed: Uint8Array, length: number): Uint8Array => {
        const page = unpack(packed, length);
        const body = bodies.get(packed.buffer)?.get(packed.byteOffset);
        if (body === undefined) throw new Error("a page is where none was found");
        if (page.length === length) checkRuns(page, body);
        return page;
      },
    ]),
  );
}
