/**
 * The last step: what the work folder holds becomes the files that were asked for. All are whole before the first is
 * moved into place, and the journal names every move before the first is made, so that a run that is killed here ends
 * in the same files too. JSON lines as one file are moved as they are; shards and other formats are written anew.
 */
import { mkdir, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { readJsonl } from "../../formats/jsonl.ts";
import { codeOf, explainWriteError } from "../../formats/write-error.ts";
import { openAppendFile, type AppendFile } from "./append-file.ts";
import type { ProcessJob, ProcessReport } from "./job.ts";
import { writeJournal, type Journal, type Moves } from "./journal.ts";
import { writeShards } from "./shards.ts";
import { finalNames } from "./stage-writer.ts";
import type { TraceEntry } from "./trace.ts";

type Exported = Pick<ProcessReport, "files" | "statsFile" | "badFile" | "traceFolder">;

export interface ExportOptions {
  /** Bytes of JSON that become one row group of Parquet. */
  readonly groupBytes: number;
}

/** @throws E_DISK_FULL, E_FILE_WRITE */
export async function exportRows(
  job: ProcessJob,
  work: string,
  journal: Journal,
  options: ExportOptions,
): Promise<Exported> {
  const moves = journal.moves ?? (await prepare(job, work, journal, options));
  if (journal.moves === undefined) await writeJournal(work, { ...journal, moves });
  const folder = dirname(job.exportPath);
  for (const name of moves.remove) await removeFile(join(folder, name));
  for (const [from, to] of moves.move) await move(join(work, from), join(folder, to));
  return reportOf(job, moves);
}

/** Writes every file of the result into the work folder. */
async function prepare(job: ProcessJob, work: string, journal: Journal, options: ExportOptions): Promise<Moves> {
  const { exportPath, exportType } = job;
  const rows = join(work, finalNames.rows);
  const names = await shardNames(job, rows, journal.rowsWritten);
  const asIs = exportType === "jsonl" && names.length === 1;
  const staged = asIs ? [finalNames.rows] : names.map((name) => `export-${name}`);
  if (!asIs) {
    const paths = staged.map((name) => join(work, name));
    await writeShards(rows, paths, { type: exportType, rows: journal.rowsWritten, ...options });
  }
  const beside = namesBeside(exportPath);
  const move = names.map((name, i): readonly [string, string] => [staged[i] as string, name]);
  const remove = await earlierFiles(job, new Set(names));
  const place = (from: string, to: string, filled: boolean): void => {
    if (filled) move.push([from, to]);
    else remove.push(to);
  };
  place(finalNames.stats, beside.stats, journal.measured);
  place(finalNames.bad, beside.bad, journal.rowsBad > 0);
  for (const name of await writeTraces(job, work)) move.push([join("trace", name), join(beside.trace, name)]);
  return { remove, move };
}

function reportOf({ exportPath }: ProcessJob, { move }: Moves): Exported {
  const beside = namesBeside(exportPath);
  const folder = dirname(exportPath);
  const targets = move.map(([, to]) => to);
  const traced = targets.some((name) => dirname(name) === beside.trace);
  return {
    files: targets
      .filter((name) => name !== beside.stats && name !== beside.bad && dirname(name) !== beside.trace)
      .map((name) => join(folder, name)),
    ...(targets.includes(beside.stats) ? { statsFile: join(folder, beside.stats) } : {}),
    ...(targets.includes(beside.bad) ? { badFile: join(folder, beside.bad) } : {}),
    ...(traced ? { traceFolder: join(folder, beside.trace) } : {}),
  };
}

/** "out.jsonl" has "out_stats.jsonl", "out_bad.jsonl", "out_trace" beside it. */
export function namesBeside(exportPath: string) {
  const stem = basename(exportPath, extname(exportPath));
  return { stats: `${stem}_stats.jsonl`, bad: `${stem}_bad.jsonl`, trace: `${stem}_trace` } as const;
}

/** The file itself, or "out-01-of-12.jsonl" ...: as many shards and names as Data-Juicer makes. */
async function shardNames(job: ProcessJob, rows: string, count: number): Promise<readonly string[]> {
  const { exportPath, exportShardSize } = job;
  if (exportShardSize <= 0 || count === 0) return [basename(exportPath)];
  const { size } = await stat(rows);
  const shards = Math.min(Math.floor(size / exportShardSize) + 1, count);
  const suffix = extname(exportPath);
  const stem = basename(exportPath, suffix);
  const digits = shardDigits(shards);
  const padded = (value: number): string => String(value).padStart(digits, "0");
  return Array.from({ length: shards }, (_, i) => `${stem}-${padded(i)}-of-${padded(shards)}${suffix}`);
}

const shardDigits = (shards: number): number => String(shards).length + 1;

/** Whether a name is one that an export to this path can have given a shard. */
export function isShardOf(exportPath: string, name: string): boolean {
  const suffix = extname(exportPath);
  const stem = basename(exportPath, suffix);
  if (!name.startsWith(`${stem}-`) || !name.endsWith(suffix)) return false;
  const [, number = "", count = ""] =
    /^-(\d+)-of-(\d+)$/.exec(name.slice(stem.length, name.length - suffix.length)) ?? [];
  const digits = shardDigits(Number(count));
  return number.length === digits && count.length === digits && Number(number) < Number(count);
}

/**
 * Files of an earlier export that the new ones do not replace: they would be read along with them. What is read now
 * is never among them.
 */
async function earlierFiles({ exportPath, files }: ProcessJob, keep: ReadonlySet<string>): Promise<string[]> {
  const folder = dirname(exportPath);
  const read = new Set(files.map((file) => resolve(file)));
  const trace = namesBeside(exportPath).trace;
  const beside = (await readdir(folder)).filter(
    (name) => (name === basename(exportPath) || isShardOf(exportPath, name)) && !keep.has(name),
  );
  const traces = (await readdir(join(folder, trace)).catch(() => []))
    .filter((name) => TRACE_NAME.test(name))
    .map((name) => join(trace, name));
  return [...beside, ...traces].filter((name) => !read.has(resolve(folder, name)));
}

const TRACE_NAME = /^\d+-\w+\.jsonl$/;

async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    // A folder of traces that is empty now goes too; any other is not.
    if (TRACE_NAME.test(basename(path))) await rmdir(dirname(path)).catch(() => undefined);
  } catch (error) {
    throw await explainWriteError(error, path);
  }
}

/** What is no longer there has been moved by a run that was killed behind it. */
async function move(from: string, to: string): Promise<void> {
  try {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  } catch (error) {
    const moved = codeOf(error) === "ENOENT" && (await stat(to).catch(() => undefined)) !== undefined;
    if (!moved) throw await explainWriteError(error, to);
  }
}

/** One file per operator: "02-words_num_filter.jsonl". Returns their names. */
async function writeTraces(job: ProcessJob, work: string): Promise<readonly string[]> {
  const trace = join(work, finalNames.trace);
  const exists = await stat(trace).catch(() => undefined);
  if (exists === undefined || exists.size === 0) return [];
  await mkdir(join(work, "trace"), { recursive: true });
  const digits = Math.max(2, String(job.steps.length).length);
  const files = new Map<string, AppendFile>();
  for await (const { value } of readJsonl(trace, { maxLineBytes: Number.MAX_SAFE_INTEGER })) {
    const { place, ...entry } = value as TraceEntry;
    const name = `${String(place + 1).padStart(digits, "0")}-${job.steps[place]?.name}.jsonl`;
    const file = files.get(name) ?? (await openAppendFile(join(work, "trace", name), 0));
    files.set(name, file);
    await file.append(Buffer.from(`${JSON.stringify(entry)}\n`));
  }
  for (const file of files.values()) await file.close();
  return [...files.keys()];
}
