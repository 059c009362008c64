/** JSON lines into the files of a result: shards of JSON lines, one list of JSON, Parquet. */
import { unite, typeOf, type ColumnType } from "../../formats/parquet-schema.ts";
import { readLines } from "../../formats/row-reader.ts";
import type { RawObject } from "../shapes/shape.ts";
import { openAppendFile } from "./append-file.ts";
import type { ExportType } from "./job.ts";
import { parseExactly } from "./row-text.ts";

export interface ShardOptions {
  readonly type: ExportType;
  /** Rows in all. */
  readonly rows: number;
  /** Bytes of JSON that become one row group of Parquet. */
  readonly groupBytes: number;
}

const anyLength = { maxLineBytes: Number.MAX_SAFE_INTEGER } as const;

/** Shards follow one another; their sizes differ by one row at most. @throws E_DISK_FULL, E_FILE_WRITE */
export async function writeShards(source: string, paths: readonly string[], options: ShardOptions): Promise<void> {
  const { type, rows, groupBytes } = options;
  const columns = type === "parquet" ? await columnsOf(source) : {};
  const lines = readLines(source, anyLength);
  for (const [i, path] of paths.entries()) {
    const share = Math.floor(rows / paths.length) + (i < rows % paths.length ? 1 : 0);
    const part = takeLines(lines, share);
    if (type !== "parquet") await writeText(path, part, type);
    else {
      const { writeParquet } = await import("../../formats/parquet-writer.ts");
      await writeParquet(path, columns, parsed(part), { groupBytes });
    }
  }
  await lines.return(undefined);
}

async function* takeLines(source: AsyncIterator<{ readonly text?: string }>, count: number): AsyncGenerator<string> {
  for (let taken = 0; taken < count; taken++) {
    const next = await source.next();
    if (next.done === true) return;
    yield next.value.text ?? "";
  }
}

async function* parsed(
  lines: AsyncIterable<string>,
): AsyncGenerator<{ readonly row: RawObject; readonly bytes: number }> {
  for await (const line of lines) yield { row: parseExactly(line), bytes: line.length };
}

async function writeText(path: string, lines: AsyncIterable<string>, type: ExportType): Promise<void> {
  const file = await openAppendFile(path, 0);
  try {
    let first = true;
    for await (const line of lines) {
      const before = type === "jsonl" ? "" : first ? "[\n" : ",\n";
      await file.append(Buffer.from(type === "jsonl" ? `${line}\n` : before + line));
      first = false;
    }
    if (type === "json") await file.append(Buffer.from(first ? "[]\n" : "\n]\n"));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Types of all columns, in the order in which they first appear. */
async function columnsOf(path: string): Promise<Readonly<Record<string, ColumnType>>> {
  const columns = new Map<string, ColumnType>();
  for await (const { text } of readLines(path, anyLength)) {
    for (const [name, inner] of Object.entries(parseExactly(text ?? "{}"))) {
      const known = columns.get(name);
      columns.set(name, known === undefined ? typeOf(inner) : unite(known, typeOf(inner)));
    }
  }
  return Object.fromEntries(columns);
}
