/**
 * The last step: what the work folder holds becomes the files that were asked for. All are whole before the first is
 * moved into place. JSON lines as one file are moved as they are; shards and other formats are written anew.
 */
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { readJsonl } from "../../formats/jsonl.ts";
import { unite, typeOf, type ColumnType } from "../../formats/parquet-schema.ts";
import { readLines } from "../../formats/row-reader.ts";
import { explainWriteError } from "../../formats/write-error.ts";
import { isObject, type RawObject } from "../shapes/shape.ts";
import { openAppendFile } from "./append-file.ts";
import type { ExportType, ProcessJob, ProcessReport } from "./job.ts";
import type { Journal } from "./journal.ts";
import { finalNames } from "./stage-writer.ts";
import type { TraceEntry } from "./trace.ts";

type Exported = Pick<ProcessReport, "files" | "statsFile" | "badFile" | "traceFolder">;

/** @throws E_DISK_FULL, E_FILE_WRITE */
export async function exportRows(job: ProcessJob, work: string, journal: Journal): Promise<Exported> {
  const { exportPath, exportType } = job;
  const names = await shardNames(job, join(work, finalNames.rows), journal.rowsWritten);
  const staged = names.map((name) => join(work, `export-${basename(name)}`));
  await writeShards(exportType, join(work, finalNames.rows), staged, journal.rowsWritten);
  const statsFile = besidePath(exportPath, "_stats.jsonl");
  const badFile = besidePath(exportPath, "_bad.jsonl");
  const traceFolder = besidePath(exportPath, "_trace");
  const traced = await writeTraces(job, join(work, finalNames.trace), join(work, "trace"));

  await removeEarlier(exportPath, new Set(names));
  for (const [i, name] of names.entries()) await move(staged[i] as string, name);
  const hasStats = await moveIfFilled(join(work, finalNames.stats), statsFile);
  const hasBad = await moveIfFilled(join(work, finalNames.bad), badFile);
  await rm(traceFolder, { recursive: true, force: true });
  if (traced) await move(join(work, "trace"), traceFolder);
  return {
    files: names,
    ...(hasStats ? { statsFile } : {}),
    ...(hasBad ? { badFile } : {}),
    ...(traced ? { traceFolder } : {}),
  };
}

/** "out.jsonl" has "out_stats.jsonl", "out_bad.jsonl", "out_trace" beside it. */
function besidePath(exportPath: string, ending: string): string {
  const suffix = extname(exportPath);
  return `${suffix === "" ? exportPath : exportPath.slice(0, -suffix.length)}${ending}`;
}

/** The file itself, or "out-01-of-12.jsonl" ...: as many shards and names as Data-Juicer makes. */
async function shardNames(job: ProcessJob, rows: string, count: number): Promise<readonly string[]> {
  const { exportPath, exportShardSize } = job;
  if (exportShardSize <= 0 || count === 0) return [exportPath];
  const { size } = await stat(rows);
  const shards = Math.min(Math.floor(size / exportShardSize) + 1, count);
  const digits = String(shards).length + 1;
  const two = (value: number): string => String(value).padStart(digits, "0");
  const suffix = extname(exportPath);
  return Array.from({ length: shards }, (_, i) => besidePath(exportPath, `-${two(i)}-of-${two(shards)}${suffix}`));
}

/** Shards of an earlier export with another number of them would be read along with the new ones. */
async function removeEarlier(exportPath: string, keep: ReadonlySet<string>): Promise<void> {
  const suffix = extname(exportPath);
  const stem = basename(exportPath, suffix);
  for (const name of await readdir(dirname(exportPath))) {
    const path = join(dirname(exportPath), name);
    const rest = name.startsWith(`${stem}-`) && name.endsWith(suffix) ? name.slice(stem.length, -suffix.length) : "";
    if (/^-\d+-of-\d+$/.test(rest) && !keep.has(path)) await rm(path);
  }
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    throw await explainWriteError(error, to);
  }
}

async function moveIfFilled(from: string, to: string): Promise<boolean> {
  const stats = await stat(from).catch(() => undefined);
  if (stats === undefined || stats.size === 0) {
    await rm(to, { force: true });
    return false;
  }
  await move(from, to);
  return true;
}

async function writeShards(type: ExportType, rows: string, paths: readonly string[], count: number): Promise<void> {
  const [only] = paths;
  if (type === "jsonl" && paths.length === 1 && only !== undefined) {
    const exists = await stat(rows).catch(() => undefined);
    if (exists === undefined) await (await openAppendFile(only, 0)).close();
    else await move(rows, only);
    return;
  }
  const columns = type === "parquet" ? await columnsOf(rows) : {};
  const source = readLines(rows, { maxLineBytes: Number.MAX_SAFE_INTEGER });
  for (const [i, path] of paths.entries()) {
    // Shards follow one another; their sizes differ by one row at most.
    const share = Math.floor(count / paths.length) + (i < count % paths.length ? 1 : 0);
    const part = takeLines(source, share);
    if (type !== "parquet") await writeText(path, part, type);
    else await (await import("../../formats/parquet-writer.ts")).writeParquet(path, columns, parsed(part));
  }
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
  for await (const line of lines) yield { row: JSON.parse(line) as RawObject, bytes: line.length };
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
  const columns: Record<string, ColumnType> = {};
  const exists = await stat(path).catch(() => undefined);
  if (exists === undefined) return columns;
  for await (const { value } of readJsonl(path, { maxLineBytes: Number.MAX_SAFE_INTEGER })) {
    if (!isObject(value)) continue;
    for (const [name, inner] of Object.entries(value)) {
      const known = Object.hasOwn(columns, name) ? columns[name] : undefined;
      columns[name] = known === undefined ? typeOf(inner) : unite(known, typeOf(inner));
    }
  }
  return columns;
}

/** One file per operator: "02-words_num_filter.jsonl". Says whether there is any. */
async function writeTraces(job: ProcessJob, trace: string, folder: string): Promise<boolean> {
  const exists = await stat(trace).catch(() => undefined);
  if (exists === undefined || exists.size === 0) return false;
  await mkdir(folder, { recursive: true });
  const digits = Math.max(2, String(job.steps.length).length);
  const texts = new Map<number, string[]>();
  for await (const { value } of readJsonl(trace, { maxLineBytes: Number.MAX_SAFE_INTEGER })) {
    const { place, ...entry } = value as TraceEntry;
    const list = texts.get(place) ?? [];
    texts.set(place, [...list, JSON.stringify(entry)]);
  }
  for (const [place, lines] of texts) {
    const name = `${String(place + 1).padStart(digits, "0")}-${job.steps[place]?.name}.jsonl`;
    const file = await openAppendFile(join(folder, name), 0);
    await file.append(Buffer.from(`${lines.join("\n")}\n`));
    await file.close();
  }
  return true;
}
