/**
 * Rows of data files, streamed: one reader per suffix, all with one signature. A row that cannot be read is
 * yielded as an error with its line and reason, and reading goes on; the caller decides what it means.
 */
import { packingOf, type RowReader } from "./row-reader.ts";
import { readCsv } from "./csv.ts";
import { readJson } from "./json.ts";
import { readJsonl } from "./jsonl.ts";
import { readTextLines } from "./text-lines.ts";

export type { RawRow, RowReader, RowReaderOptions } from "./row-reader.ts";

export const rowReaders: Readonly<Record<string, RowReader>> = {
  ".jsonl": readJsonl,
  ".ndjson": readJsonl,
  ".json": readJson,
  ".csv": readCsv(","),
  ".tsv": readCsv("\t"),
  // Its packages are the largest here, and few files are of this kind.
  ".parquet": async function* (path, options) {
    yield* (await import("./parquet.ts")).readParquet(path, options);
  },
  ".txt": readTextLines,
};

/** Suffixes that may also be compressed: `.jsonl.gz`, `.jsonl.zst`. */
const compressible: ReadonlySet<string> = new Set([".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt"]);

/** The reader of a file by its name, or undefined when its suffix is unknown. */
export function rowReaderOf(path: string): RowReader | undefined {
  const name = path.toLowerCase();
  const packing = packingOf(path);
  const plain = packing === undefined ? name : name.slice(0, -packing.length);
  const suffix = plain.slice(plain.lastIndexOf("."));
  return packing !== undefined && !compressible.has(suffix) ? undefined : rowReaders[suffix];
}

export const rowSuffixes: readonly string[] = [
  ...Object.keys(rowReaders),
  ...[...compressible].flatMap((suffix) => [`${suffix}.gz`, `${suffix}.zst`]),
];
