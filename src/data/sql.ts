/**
 * Queries over files of rows by DuckDB, an optional package: sorting and joining of more than fits into memory, and
 * questions about data. The package's own formats are read: JSON lines, JSON, CSV, Parquet, also packed.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fail } from "../base/errors.ts";

export interface SqlOptions {
  /** Bytes. */
  readonly maxMemory: number;
  /** Files that are the table `rows`. */
  readonly files: readonly string[];
  /** Writes the result here instead of giving it. */
  readonly exportPath?: string;
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

/** @throws E_DATA_PACKAGE, E_DATA_SQL */
export async function runSql(query: string, options: SqlOptions): Promise<SqlResult> {
  const { DuckDBInstance } = await import("@duckdb/node-api").catch((cause: unknown) =>
    fail("E_DATA_PACKAGE", {
      what: "data sql needs the package @duckdb/node-api.",
      fix: "npm i @duckdb/node-api",
      cause,
    }),
  );
  const temporary = join(tmpdir(), `tunesmith-sql-${process.pid}`);
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${Math.floor(options.maxMemory / 2 ** 20)}MiB`,
    temp_directory: temporary,
    // Nothing is fetched from the network to answer a query.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await instance.connect();
  const ask = async (text: string) => {
    try {
      return await connection.stream(text);
    } catch (cause) {
      return fail("E_DATA_SQL", { where: "query", what: sentence((cause as Error).message), cause });
    }
  };
  try {
    if (options.files.length > 0) await ask(`CREATE VIEW rows AS ${unionOf(options.files)}`);
    const body = query.trim().replace(/;+$/, "");
    if (options.exportPath !== undefined) {
      await mkdir(dirname(options.exportPath), { recursive: true });
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
function unionOf(files: readonly string[]): string {
  const reader = (file: string): string => {
    const name = file.replace(/\.(gz|zst)$/i, "").toLowerCase();
    if (/\.(jsonl|ndjson)$/.test(name))
      return `read_json(${quote(file)}, format = 'newline_delimited', maximum_object_size = 67108864)`;
    return name.endsWith(".json") ? `read_json(${quote(file)}, maximum_object_size = 67108864)` : quote(file);
  };
  return files.map((file) => `SELECT * FROM ${reader(file)}`).join(" UNION ALL BY NAME ");
}

const sentence = (text: string): string => {
  const first = text.trim().split("\n\n")[0] ?? text;
  return /[.!?]$/.test(first) ? first : `${first}.`;
};
