/**
 * Rows that a sampler chooses, from files to a file. Two passes: the first keeps what the sampler reads of each row,
 * the second copies the chosen rows, so that rows themselves are never in memory together.
 */
import { dirname } from "node:path";
import { fail, internal } from "../../base/errors.ts";
import { writeFileAtomicBy } from "../../formats/atomic.ts";
import { writeJson } from "../../formats/json-text.ts";
import { makeFolder } from "../../formats/make-folder.ts";
import { checkOutputFile } from "../../formats/output.ts";
import { datasetNames } from "../dataset-names.ts";
import { createSample, fieldOf } from "../operators/sample.ts";
import type { Sampler, SampleSet } from "../samplers/sampler.ts";
import { isObject, type RawObject } from "../shapes/shape.ts";
import { filesOf, readSource } from "../source.ts";
import { createTally, type DroppedRows } from "../tally.ts";

export interface SelectRowsOptions {
  readonly sampler: Sampler;
  readonly args: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** Column of the text, for samplers that read it; without it conversations are read. */
  readonly textKey: string;
  /** Replaces a file that is there. */
  readonly overwrite?: boolean;
  /** Further files that the command reads. */
  readonly alsoRead?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told every so many rows of either pass. */
  readonly onProgress?: (rows: number) => void;
}

/** A column of numbers, before and after. */
export interface ColumnSummary {
  readonly column: string;
  readonly all: NumberSummary;
  readonly chosen: NumberSummary;
}

export interface NumberSummary {
  readonly least: number;
  readonly mean: number;
  readonly greatest: number;
}

export interface SelectReport {
  readonly read: number;
  readonly written: number;
  readonly notes: readonly string[];
  /** Of columns that hold numbers. */
  readonly columns: readonly ColumnSummary[];
  /** Lines that are no rows. */
  readonly dropped: readonly DroppedRows[];
}

const PROGRESS_EVERY = 1000;
const GATHER = 1 << 18;

/** @throws E_OUTPUT_*, E_DATA_FILE, E_DATA_EMPTY, E_DATA_ROW without a text, E_DATA_SELECTION, E_DISK_FULL, E_FILE_WRITE */
export async function selectRows(
  paths: readonly string[],
  output: string,
  options: SelectRowsOptions,
): Promise<SelectReport> {
  const { sampler, args, seed } = options;
  const select = sampler.select ?? internal(`the sampler ${sampler.name} does not select`);
  const { overwrite = false, alsoRead = [] } = options;
  const files = (await Promise.all(paths.map((path) => filesOf(path)))).flat();
  const named = Object.values(args).filter((value) => typeof value === "string");
  await checkOutputFile(output, { inputs: [...files, ...named, ...alsoRead], overwrite });
  const tally = createTally();
  const notes: string[] = [];
  const samples = await gather(paths, { ...options, onNote: (text) => notes.push(text) }, tally.add);
  const { chosen, notes: own } = await select(args, { samples, seed });
  notes.push(...own);
  const wanted = new Set(chosen);
  await makeFolder(dirname(output));
  await writeFileAtomicBy(output, async (file) => {
    let gathered: string[] = [];
    let size = 0;
    for await (const { row, text, place } of rowsOf(paths, options)) {
      if (!wanted.has(place)) continue;
      const line = `${text ?? writeJson(row)}\n`;
      gathered.push(line);
      size += line.length;
      if (size < GATHER) continue;
      await file.appendFile(gathered.join(""));
      [gathered, size] = [[], 0];
    }
    await file.appendFile(gathered.join(""));
  });
  const columns = sampler.columns(args).flatMap((column) => summary(samples, chosen, column) ?? []);
  return { read: samples.size, written: chosen.length, notes, columns, dropped: tally.list() };
}

interface FoundRow {
  readonly row: RawObject;
  /** Its line, where it has one of its own. */
  readonly text: string | undefined;
  /** Among all good rows. */
  readonly place: number;
  readonly dataset: number;
  readonly origin: string;
}

interface ReadOptions extends Pick<SelectRowsOptions, "signal" | "onProgress"> {
  /** Told what of a folder is not read. */
  readonly onNote?: (text: string) => void;
}

/** All rows that are objects, in order: the same in both passes. */
async function* rowsOf(
  paths: readonly string[],
  { signal, onProgress, onNote }: ReadOptions,
  refuse?: (reason: string, example: string) => void,
): AsyncGenerator<FoundRow> {
  let [place, read] = [0, 0];
  for (const [dataset, path] of paths.entries()) {
    for await (const { value, text, error, file, line } of readSource(path, { onNote })) {
      signal?.throwIfAborted();
      if (++read % PROGRESS_EVERY === 0) onProgress?.(read);
      const origin = `${file}:${line}`;
      if (error !== undefined) refuse?.(error.replace(/[:(].*$/s, "").trim(), `${origin}: ${error}.`);
      else if (!isObject(value)) refuse?.("row is not an object", origin);
      else yield { row: value, text, place: place++, dataset, origin };
    }
  }
}

async function gather(
  paths: readonly string[],
  options: SelectRowsOptions & ReadOptions,
  refuse: (reason: string, example: string) => void,
): Promise<SampleSet> {
  const { sampler, args, textKey } = options;
  const columns = sampler.columns(args);
  const values = new Map(columns.map((column) => [column, [] as unknown[]]));
  const [datasets, origins, texts]: [number[], string[], string[]] = [[], [], []];
  for await (const { row, dataset, origin } of rowsOf(paths, options, refuse)) {
    for (const [column, list] of values) list.push(fieldOf(row, column));
    datasets.push(dataset);
    origins.push(origin);
    if (sampler.readsText) texts.push(createSample(row, origin).text(textKey));
  }
  if (datasets.length === 0)
    fail("E_DATA_EMPTY", { where: paths.join(", "), what: "there are no rows to choose from." });
  return {
    size: datasets.length,
    datasets: datasetNames(paths),
    datasetOf: (sample) => datasets[sample] as number,
    field: (sample, key) => values.get(key)?.[sample],
    text: (sample) => texts[sample] as string,
    origin: (sample) => origins[sample] as string,
  };
}

function summary(samples: SampleSet, chosen: readonly number[], column: string): ColumnSummary | undefined {
  const numbersOf = (list: readonly number[]): readonly number[] =>
    list.map((sample) => samples.field(sample, column)).filter((value) => typeof value === "number");
  const all = describe(numbersOf(Array.from({ length: samples.size }, (_, i) => i)));
  const kept = describe(numbersOf(chosen));
  return all === undefined || kept === undefined ? undefined : { column, all, chosen: kept };
}

function describe(values: readonly number[]): NumberSummary | undefined {
  if (values.length === 0) return undefined;
  let [least, greatest, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    sum += value;
  }
  return { least, mean: sum / values.length, greatest };
}
