/** CSV and TSV with a header line, streamed by csv-parse. Every cell is a text; empty cells are left out. */
import { parse, type CsvError } from "csv-parse";
import { Readable } from "node:stream";
import { LINE_LIMIT, readBytesOf, type RawRow, type RowReader } from "./row-reader.ts";

interface CsvRecord {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number; readonly error?: CsvError };
}

export function readCsv(delimiter: string): RowReader {
  return async function* (path: string): AsyncGenerator<RawRow> {
    const parser = parse({
      delimiter,
      bom: true,
      columns: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: LINE_LIMIT,
    });
    const bytes = Readable.from(readBytesOf(path));
    bytes.on("error", (error) => parser.destroy(error));
    for await (const item of bytes.pipe(parser)) {
      const { record, info } = item as CsvRecord;
      if (info.error === undefined) {
        yield { line: info.lines, value: Object.fromEntries(Object.entries(record).filter(([, cell]) => cell !== "")) };
      } else yield { line: info.lines, error: info.error.message };
    }
  };
}
