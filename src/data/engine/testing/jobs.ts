/** For tests: jobs in a folder, from rows and a list of operators to the bytes of the result. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { operators } from "../../operators/index.ts";
import type { ProcessJob, ProcessOptions, ProcessReport } from "../job.ts";
import { processData } from "../process.ts";
import type { Step } from "../steps.ts";

/** An operator's name with its arguments, or the name alone. */
export type Entry = string | readonly [name: string, args: Readonly<Record<string, unknown>>];

export function stepsOf(entries: readonly Entry[]): readonly Step[] {
  return entries.map((entry, place) => {
    const [name, given] = typeof entry === "string" ? [entry, {}] : entry;
    const operator = operators.get(name);
    if (operator === undefined) throw new Error(`no operator ${name}`);
    return { name, args: operator.schema.parse(given), place };
  });
}

export interface JobOptions extends Partial<Omit<ProcessJob, "steps">> {
  readonly run?: Partial<ProcessOptions>;
}

/** A job that reads `in.jsonl` and writes `out.jsonl` of a folder unless told otherwise. */
export function jobIn(folder: string, entries: readonly Entry[], { run: _run, ...more }: JobOptions = {}): ProcessJob {
  return {
    files: [join(folder, "in.jsonl")],
    steps: stepsOf(entries),
    exportPath: join(folder, "out.jsonl"),
    exportType: "jsonl",
    exportShardSize: 0,
    keepStats: false,
    seed: 42,
    base: folder,
    allowCode: false,
    strict: false,
    traceRows: 0,
    traceOperators: [],
    ...more,
  };
}

export const plainOptions: ProcessOptions = {
  workers: 0,
  maxMemory: 2 ** 30,
  rowTimeout: 30,
  concurrency: 4,
  overwrite: true,
};

export function runIn(folder: string, entries: readonly Entry[], options: JobOptions = {}): Promise<ProcessReport> {
  return processData(jobIn(folder, entries, options), { ...plainOptions, ...options.run });
}

/** Writes values as JSON lines; texts are lines as they are. */
export async function writeRows(path: string, rows: readonly unknown[]): Promise<void> {
  const text = rows.map((row) => `${typeof row === "string" ? row : JSON.stringify(row)}\n`).join("");
  await writeFile(path, path.endsWith(".gz") ? gzipSync(text) : text);
}

/** JSON lines as values. */
export async function readRowsOf(path: string): Promise<readonly unknown[]> {
  const text = await readFile(path, "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));
}
