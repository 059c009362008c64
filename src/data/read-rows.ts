/** Rows of one dataset, streamed and checked; the bad ones are counted, or thrown in strict mode. */
import { fail } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";
import { failRow, tryReadRow, type Purpose, type Row, type RowOptions, type RowProblem } from "./row.ts";
import { isObject, isProblem } from "./shapes/shape.ts";
import { readSource, type SourceRow, type Split } from "./source.ts";
import { createTally, describeDropped, type Tally } from "./tally.ts";

export interface ReadRowsOptions extends Omit<RowOptions, "origin"> {
  readonly purpose: Purpose;
  /** The first bad row throws. Otherwise such rows are dropped and counted. */
  readonly strict: boolean;
  readonly onProgress?: (rows: number) => void;
  readonly signal?: AbortSignal;
  /** Told what of a folder is not read. */
  readonly onNote?: (text: string) => void;
}

/** What is remembered over all datasets of a run. */
export interface ReadLog {
  readonly tally: Tally;
  /** What nothing reads of rows that are good. */
  readonly unread: Tally;
  /** Columns that were seen, as the files name them. */
  readonly columns: Set<string>;
  /** Rows read so far, good and bad. */
  readonly progress: { read: number };
}

export function createReadLog(tally: Tally = createTally()): ReadLog {
  return { tally, unread: createTally(), columns: new Set(), progress: { read: 0 } };
}

const PROGRESS_EVERY = 1000;
const COLUMNS = 1000;

/** @throws E_DATA_FILE; E_DATA_ROW in strict mode */
export async function* readRows(
  path: string,
  options: ReadRowsOptions & { readonly split?: Split },
  log: ReadLog,
): AsyncGenerator<Row> {
  const { strict, onProgress, signal } = options;
  for await (const source of readSource(path, options)) {
    signal?.throwIfAborted();
    const read = ++log.progress.read;
    if (read % PROGRESS_EVERY === 0) onProgress?.(read);
    const origin = `${source.file}:${source.line}`;
    if (isObject(source.value) && log.columns.size < COLUMNS) {
      for (const key of Object.keys(source.value)) log.columns.add(key);
    }
    const row = readOne(source, origin, options);
    if (!isProblem(row)) {
      for (const { what, at } of row.unread ?? []) log.unread.add(what, `${origin}: ${at}`);
      yield row;
    } else if (strict) failRow(row, origin);
    else log.tally.add(row.reason, describe(row, origin));
  }
}

function readOne(source: SourceRow, origin: string, options: ReadRowsOptions): Row | RowProblem {
  if (source.error === undefined) return tryReadRow(source.value, { ...options, origin });
  // What comes after the kind of mistake is about this line alone.
  const reason = source.error.replace(/[:(].*$/s, "").trim();
  return { field: "", reason, what: `${source.error}.`, fix: "Correct the line." };
}

function describe({ field, what, fix }: RowProblem, origin: string): string {
  return `${field === "" ? origin : `${origin}: ${field}`}: ${what} ${fix}`;
}

/** Says why a dataset gave no row; `own` holds its own dropped rows. @throws E_DATA_COLUMNS, E_DATA_EMPTY */
export function failEmpty(spec: string, options: ReadRowsOptions, log: ReadLog, own: Tally): never {
  checkColumns(options.columns, log);
  const dropped = own.list();
  return fail("E_DATA_EMPTY", {
    where: spec,
    what: dropped.length === 0 ? "there are no rows." : `all rows were dropped: ${describeDropped(dropped)}.`,
  });
}

/** Refuses a mapping of columns that no row has. @throws E_DATA_COLUMNS */
export function checkColumns(columns: Readonly<Record<string, string>> | undefined, log: ReadLog): void {
  const seen = new Set([...log.columns].map((name) => name.toLowerCase()));
  if (log.columns.size >= COLUMNS) return;
  const missing = Object.keys(columns ?? {}).find((name) => !seen.has(name.toLowerCase()));
  if (missing === undefined || log.columns.size === 0) return;
  const near = suggest(missing, log.columns);
  fail("E_DATA_COLUMNS", {
    where: "columns",
    what: `no row has a column ${JSON.stringify(missing)}; there are ${[...log.columns].slice(0, 20).join(", ")}.`,
    fix: near === undefined ? "Name a column of the data." : `Did you mean ${JSON.stringify(near)}?`,
  });
}
