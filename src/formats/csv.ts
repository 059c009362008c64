/**
 * CSV and TSV with a header line, streamed by csv-parse. Every cell is a text; empty cells are left out, and so are
 * columns without a name (an index that was saved along, commas at the ends of lines). A row with more or fewer cells
 * than the header is an error.
 */
import { parse, type CsvError } from "csv-parse";
import { Readable } from "node:stream";
import { fail, isTunesmithError } from "../base/errors.ts";
import { createLineLedger, type LineLedger } from "./line-ledger.ts";
import { LINE_LIMIT, megabytes, readTextBytes, type RawRow, type RowReader } from "./row-reader.ts";

interface CsvRecord {
  readonly record: readonly string[];
  /** `bytes`: where the record ends. */
  readonly info: { readonly bytes: number };
}

export function readCsv(delimiter: string): RowReader {
  return async function* (path, options = {}): AsyncGenerator<RawRow> {
    const { maxLineBytes = LINE_LIMIT } = options;
    const ledger = createLineLedger();
    const source = Readable.from(noting(readTextBytes(path, options), ledger));
    const parser = parse({
      delimiter,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: maxLineBytes,
    });
    source.on("error", (error) => parser.destroy(error));
    let header: readonly string[] | undefined;
    try {
      for await (const item of source.pipe(parser)) {
        const { record, info } = item as CsvRecord;
        const { line, utf8 } = ledger.take(info.bytes);
        if (header === undefined) header = checkHeader(record, { utf8, delimiter, where: `${path}:${line}` });
        else if (!utf8) yield { line, error: "the row is not UTF-8" };
        else if (record.length === header.length) yield { line, value: toObject(header, record) };
        else if (record.length > 1 || record[0]?.trim() !== "") {
          yield { line, error: `ragged row: ${record.length} cells, and ${header.length} in the header` };
        }
      }
    } catch (cause) {
      if (isTunesmithError(cause)) throw cause;
      failCsv(cause as CsvError, { path, ledger, limit: maxLineBytes });
    } finally {
      source.destroy();
      parser.destroy();
    }
  };
}

/** csv-parse puts replacement characters where text is not UTF-8, so that is looked for before. */
async function* noting(bytes: AsyncIterable<Uint8Array>, ledger: LineLedger): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    ledger.add(chunk);
    yield chunk;
  }
  ledger.end();
}

function toObject(header: readonly string[], record: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    header.flatMap((name, i) => (name.trim() === "" || record[i] === "" ? [] : [[name, record[i] as string]])),
  );
}

/** What tables are separated by elsewhere. */
const separators: ReadonlyMap<string, string> = new Map([
  [";", "semicolons"],
  ["\t", "tabs"],
  ["|", "bars"],
  [",", "commas"],
]);

interface HeaderOptions {
  readonly utf8: boolean;
  readonly delimiter: string;
  readonly where: string;
}

function checkHeader(header: readonly string[], { utf8, delimiter, where }: HeaderOptions): readonly string[] {
  if (!utf8) fail("E_DATA_FILE", { where, what: "the header is not UTF-8.", fix: "Save the file as UTF-8." });
  const [only = ""] = header;
  const other = [...separators.keys()].find((mark) => mark !== delimiter && only.includes(mark));
  if (header.length === 1 && other !== undefined) {
    const [found, wanted] = [other, delimiter].map((mark) => separators.get(mark));
    fail("E_DATA_FILE", {
      where,
      what: `the header is one column, ${JSON.stringify(only)}: its cells are separated by ${found}, not by ${wanted}.`,
      fix: "Write it with commas as .csv, or with tabs as .tsv.",
    });
  }
  const seen = new Set<string>();
  const twice = header.find((name) => name.trim() !== "" && seen.size === seen.add(name).size);
  if (twice === undefined) return header;
  return fail("E_DATA_FILE", {
    where,
    what: `the header names the column ${JSON.stringify(twice)} twice.`,
    fix: "Give each column a name of its own.",
  });
}

function failCsv(
  cause: CsvError,
  { path, ledger, limit }: { readonly path: string; readonly ledger: LineLedger; readonly limit: number },
): never {
  // csv-parse tells where the last whole record ended; the bad one begins on the line after.
  if (typeof cause["bytes"] === "number") ledger.take(cause["bytes"]);
  const { line } = ledger.take(Number.POSITIVE_INFINITY);
  const told: Readonly<Record<string, string>> = {
    CSV_QUOTE_NOT_CLOSED: "a quote that opens a cell of the row that begins here is not closed",
    CSV_MAX_RECORD_SIZE: `the row that begins here is longer than ${megabytes(limit)}, perhaps because a quote is not closed`,
  };
  return fail("E_DATA_FILE", {
    where: `${path}:${line}`,
    what: `the table cannot be read: ${told[cause.code] ?? cause.message}.`,
    fix: "Correct the file there.",
    cause,
  });
}
