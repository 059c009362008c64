/**
 * Queries over files of rows by DuckDB, an optional package: sorting and joining of more than fits into memory, and
 * questions about data. The package's own formats are read: JSON lines, JSON, CSV, Parquet, also packed.
 */
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fail } from "../base/errors.ts";
import { makeFolder } from "../formats/make-folder.ts";
import { checkOutputFile } from "../formats/output.ts";

export interface SqlOptions {
  /** Bytes. */
  readonly maxMemory: number;
  /** Files that are the table `rows`. */
  readonly files: readonly string[];
  /** Writes the result here instead of giving it. */
  readonly exportPath?: string;
  /** Replaces a file that is there. */
  readonly overwrite?: boolean;
  /** Rows to give at most. */
  readonly limit: number;
}

export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Whether there are more than the limit. */
  readonly more: boolean;
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** What a query may name as a file: every text in it. */
const namedIn = (query: string): readonly string[] => [...query.matchAll(/'([^']+)'/g)].map(([, text = ""]) => text);

/** A path that names one file, whatever its letters: to DuckDB `*`, `?` and `[` are patterns. */
const quotePath = (path: string): string => quote(path.replaceAll(/[*?[]/g, "[$&]"));

/** No row may be longer, in bytes; a reader sets twice as much aside. */
const longestRow = (maxMemory: number): number => Math.max(2 ** 24, Math.min(2 ** 26, Math.floor(maxMemory / 32)));

/** @throws E_OUTPUT_*, E_DATA_PACKAGE, E_DATA_SQL */
export async function runSql(query: string, options: SqlOptions): Promise<SqlResult> {
  const { exportPath, files, overwrite = false } = options;
  if (exportPath !== undefined) await checkOutputFile(exportPath, { inputs: [...files, ...namedIn(query)], overwrite });
  const { DuckDBInstance } = await import("@duckdb/node-api").catch((cause: unknown) =>
    fail("E_DATA_PACKAGE", {
      what: "data sql needs the package @duckdb/node-api.",
      fix: "npm i @duckdb/node-api",
      cause,
    }),
  );
  const body = query.trim().replace(/;+$/, "");
  const temporary = await mkdtemp(join(tmpdir(), "tunesmith-sql-"));
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${Math.floor(options.maxMemory / 2 ** 20)}MiB`,
    temp_directory: temporary,
    // Nothing is fetched from the network to answer a query.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    errors_as_json: "true",
  });
  const connection = await instance.connect();
  const ask = async (text: string) => {
    try {
      return await connection.stream(text);
    } catch (cause) {
      return failQuery(query, text.indexOf(body), cause);
    }
  };
  try {
    if (options.files.length > 0) await ask(`CREATE VIEW rows AS ${unionOf(options.files, options.maxMemory)}`);
    if (options.exportPath !== undefined) {
      await makeFolder(dirname(options.exportPath));
      const unfinished = `${options.exportPath}.tmp-${process.pid}`;
      const format = options.exportPath.endsWith(".jsonl")
        ? "JSON"
        : options.exportPath.endsWith(".csv")
          ? "CSV, HEADER"
          : "PARQUET";
      try {
        await (await ask(`COPY (${body}) TO ${quote(unfinished)} (FORMAT ${format})`)).getRows();
        await rename(unfinished, options.exportPath);
      } finally {
        await rm(unfinished, { force: true });
      }
      return { columns: [], rows: [], more: false };
    }
    const result = await ask(body);
    const columns = result.columnNames();
    const rows: (readonly unknown[])[] = [];
    for (
      let chunk = await result.fetchChunk();
      chunk !== null && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      rows.push(...chunk.getRows());
      if (rows.length > options.limit) break;
    }
    return { columns, rows: rows.slice(0, options.limit), more: rows.length > options.limit };
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Rows of different files are joined by the names of their columns. */
function unionOf(files: readonly string[], maxMemory: number): string {
  const reader = (file: string): string => {
    const name = file.replace(/\.(gz|zst)$/i, "").toLowerCase();
    const size = `maximum_object_size = ${longestRow(maxMemory)}`;
    if (/\.(jsonl|ndjson)$/.test(name)) return `read_json(${quotePath(file)}, format = 'newline_delimited', ${size})`;
    if (name.endsWith(".json")) return `read_json(${quotePath(file)}, ${size})`;
    return name.endsWith(".parquet") ? `read_parquet(${quotePath(file)})` : `read_csv(${quotePath(file)})`;
  };
  return files.map((file) => `SELECT * FROM ${reader(file)}`).join(" UNION ALL BY NAME ");
}

interface QueryError {
  readonly exception_type: string;
  readonly exception_message: string;
  /** Of the character that is wrong, from 0. */
  readonly position?: string;
}

/** Says line and column of the query where DuckDB knows them. `start`: where it begins in what DuckDB was told, or -1. */
function failQuery(query: string, start: number, cause: unknown): never {
  const { message } = cause as Error;
  const brace = message.indexOf("{");
  const told = brace < 0 ? undefined : parseError(message.slice(brace));
  const { exception_type: type, exception_message: text = message, position } = told ?? {};
  const blank = query.length - query.trimStart().length;
  const known = position !== undefined && start >= 0;
  const before = known ? query.slice(0, Number(position) - start + blank).split("\n") : undefined;
  const place = before === undefined ? "" : `:${before.length}:${(before.at(-1) as string).length + 1}`;
  const fix = type === "Out of Memory" ? { fix: "Raise --max-memory; what does not fit then goes to disk." } : {};
  return fail("E_DATA_SQL", {
    where: `query${place}`,
    what: sentence(type === undefined ? text : `${type}: ${text}`),
    ...fix,
    cause,
  });
}

function parseError(text: string): QueryError | undefined {
  try {
    return JSON.parse(text) as QueryError;
  } catch {
    return undefined;
  }
}

const sentence = (text: string): string => {
  const first = text.trim().split("\n\n")[0] ?? text;
  return /[.!?]$/.test(first) ? first : `${first}.`;
};
