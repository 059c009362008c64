/**
 * Datasets as rows: read, checked, sampled and split; what was dropped is counted by reason and shown.
 *
 * As in ms-swift each dataset is split by itself, before rows are repeated for `#N` beyond its size, so that no row
 * is in both parts. Everything is a function of the seed and the order of the specs.
 */
import { fail } from "../base/errors.ts";
import { permutation } from "../base/random.ts";
import { interleave, type StoppingStrategy } from "./mixing.ts";
import { checkColumns, createReadLog, failEmpty, readRows, type ReadLog, type ReadRowsOptions } from "./read-rows.ts";
import type { Row } from "./row.ts";
import { parseDatasetSpec, takeRows, type Split } from "./source.ts";
import { createTally, joinTallies, type DroppedRows } from "./tally.ts";

export { createTally, type DroppedRows } from "./tally.ts";

export interface LoadRowsOptions extends ReadRowsOptions {
  readonly seed: number;
  readonly valSpecs?: readonly string[];
  /** Share of the rows of each dataset held out when there are no `valSpecs`; at least one row. */
  readonly splitDatasetRatio?: number;
  /** Reads no more good rows of each dataset, from its start: for a look at it. */
  readonly limit?: number;
  /** Puts the training rows into one random order. Samplers do so for every epoch anyway. */
  readonly shuffle?: boolean;
  /** Draws rows of the datasets by turns with these probabilities instead of one dataset after the other. */
  readonly interleaveProb?: readonly number[];
  readonly stoppingStrategy?: StoppingStrategy;
}

/** What one spec gave. */
export interface DatasetSource {
  readonly spec: string;
  /** Good rows that were read. */
  readonly rows: number;
}

export interface LoadedRows {
  readonly train: readonly Row[];
  readonly validation: readonly Row[];
  readonly dropped: readonly DroppedRows[];
  readonly sources: readonly DatasetSource[];
  /** What nothing reads of the rows, the most frequent first. */
  readonly unread: readonly DroppedRows[];
}

/**
 * @throws E_DATA_FILE for files that cannot be read, E_DATA_ROW in strict mode, E_DATA_EMPTY when a dataset has
 *   no good row or too few to split, E_DATA_COLUMNS, E_DATA_MIX
 */
export async function loadRows(specs: readonly string[], options: LoadRowsOptions): Promise<LoadedRows> {
  const log = createReadLog();
  const sources: DatasetSource[] = [];
  const readAll = async (list: readonly string[], split: Split, ratio: number): Promise<Part[]> => {
    const parts: Part[] = [];
    for (const [i, spec] of list.entries()) {
      const { path, take } = await parseDatasetSpec(spec);
      const rows = await readSpec(spec, path, { ...options, split, dataset: i }, log);
      sources.push({ spec, rows: rows.length });
      parts.push(takeParts(rows, { spec, take, ratio, seed: options.seed, place: i }));
    }
    return parts;
  };
  const valSpecs = options.valSpecs ?? [];
  const parts = await readAll(specs, "train", valSpecs.length > 0 ? 0 : (options.splitDatasetRatio ?? 0));
  if (parts.length === 0) fail("E_DATA_EMPTY", { what: "no dataset is given.", fix: "Name one with --dataset." });
  const given = await readAll(valSpecs, "validation", 0);
  checkColumns(options.columns, log);
  options.onProgress?.(log.progress.read);
  return {
    train: mix(
      parts.map(({ train }) => train),
      options,
    ),
    validation: valSpecs.length > 0 ? given.flatMap(({ train }) => train) : parts.flatMap(({ held }) => held),
    dropped: log.tally.list(),
    sources,
    unread: log.unread.list(),
  };
}

async function readSpec(
  spec: string,
  path: string,
  options: LoadRowsOptions & { readonly split: Split },
  log: ReadLog,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const own = createTally();
  for await (const row of readRows(path, options, { ...log, tally: joinTallies(own, log.tally) })) {
    rows.push(row);
    if (rows.length >= limit) break;
  }
  return rows.length > 0 ? rows : failEmpty(spec, options, log, own);
}

interface Part {
  readonly train: readonly Row[];
  readonly held: readonly Row[];
}

interface TakeOptions {
  readonly spec: string;
  readonly take: number | undefined;
  readonly ratio: number;
  readonly seed: number;
  /** Of the spec in its list. */
  readonly place: number;
}

/** The rows that `#N` means, and those held out. */
function takeParts(rows: readonly Row[], { spec, take, ratio, seed, place }: TakeOptions): Part {
  const pick = (list: readonly Row[], count: number | undefined): readonly Row[] =>
    takeRows(list.length, count, seed, place).map((i) => list[i] as Row);
  if (ratio === 0) return { train: pick(rows, take), held: [] };
  const distinct = Math.min(rows.length, take ?? rows.length);
  const count = Math.max(1, Math.trunc(distinct * ratio));
  if (count >= distinct) {
    fail("E_DATA_EMPTY", {
      where: spec,
      what: `of ${distinct} row${distinct === 1 ? "" : "s"} ${count} would be held out, and none left to train.`,
      fix: "Give more rows, a smaller --split-dataset-ratio, or --val-dataset.",
    });
  }
  const chosen = new Set(permutation(rows.length, seed, "split", place).subarray(0, count));
  const rest = rows.filter((_, i) => !chosen.has(i));
  return {
    train: pick(rest, take === undefined ? undefined : take - count),
    held: rows.filter((_, i) => chosen.has(i)),
  };
}

function mix(lists: readonly (readonly Row[])[], options: LoadRowsOptions): readonly Row[] {
  const { interleaveProb, stoppingStrategy, seed, shuffle } = options;
  const rows =
    interleaveProb === undefined
      ? lists.flat()
      : interleave(
          lists.map((list) => list.length),
          { probabilities: interleaveProb, seed, ...(stoppingStrategy && { stopping: stoppingStrategy }) },
        ).map(([dataset, row]) => lists[dataset]?.[row] as Row);
  return shuffle === true ? Array.from(permutation(rows.length, seed, "shuffle"), (i) => rows[i] as Row) : rows;
}
