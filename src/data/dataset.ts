/** Datasets as rows: read, checked, sampled and split; what was dropped is counted by reason and shown. */
import { fail, isTunesmithError } from "../base/errors.ts";
import { permutation } from "../base/random.ts";
import { readRow, type Purpose, type Row } from "./row.ts";
import { parseDatasetSpec, readSource, takeRows, type SourceRow } from "./source.ts";

export interface LoadRowsOptions {
  readonly purpose: Purpose;
  readonly seed: number;
  /** The first bad row throws. Otherwise such rows are dropped and counted. */
  readonly strict: boolean;
  readonly valSpecs?: readonly string[];
  /** Share of the rows held out when there are no `valSpecs`. */
  readonly splitDatasetRatio?: number;
  readonly columns?: Readonly<Record<string, string>>;
  readonly onProgress?: (rows: number) => void;
}

export interface DroppedRows {
  readonly reason: string;
  readonly count: number;
  /** The first few, with file and line. */
  readonly examples: readonly string[];
}

export interface LoadedRows {
  readonly train: readonly Row[];
  readonly validation: readonly Row[];
  readonly dropped: readonly DroppedRows[];
}

/**
 * @throws E_DATA_FILE for files that cannot be read, E_DATA_ROW in strict mode, E_DATA_EMPTY when nothing is left
 */
export async function loadRows(specs: readonly string[], options: LoadRowsOptions): Promise<LoadedRows> {
  const tally = createTally();
  const read = async (list: readonly string[]): Promise<Row[]> => {
    const rows: Row[] = [];
    for (const spec of list) for (const row of await readSpec(spec, options, tally)) rows.push(row);
    return rows;
  };
  const rows = await read(specs);
  const given = await read(options.valSpecs ?? []);
  const dropped = tally.list();
  if (rows.length === 0) {
    const reasons = dropped.map(({ reason, count, examples }) => `${count} x ${reason} (${examples[0]})`).join("; ");
    fail("E_DATA_EMPTY", {
      where: specs.join(", "),
      what: reasons === "" ? "there are no rows." : `all rows were dropped: ${reasons}.`,
    });
  }
  const held = given.length > 0 ? 0 : Math.round(rows.length * (options.splitDatasetRatio ?? 0));
  if (held === 0) return { train: rows, validation: given, dropped };
  const order = permutation(rows.length, options.seed, "split");
  const chosen = new Set(order.subarray(0, Math.min(held, rows.length - 1)));
  return {
    train: rows.filter((_, i) => !chosen.has(i)),
    validation: rows.filter((_, i) => chosen.has(i)),
    dropped,
  };
}

async function readSpec(text: string, options: LoadRowsOptions, tally: Tally): Promise<readonly Row[]> {
  const { path, take } = parseDatasetSpec(text);
  const rows: Row[] = [];
  for await (const source of readSource(path)) {
    const row = tryRow(source, options, tally);
    if (row !== undefined) rows.push(row);
    if (rows.length % 1000 === 0) options.onProgress?.(rows.length);
  }
  return takeRows(rows.length, take, options.seed, path).map((i) => rows[i] as Row);
}

function tryRow(source: SourceRow, options: LoadRowsOptions, tally: Tally): Row | undefined {
  const { purpose, strict, columns = {} } = options;
  const origin = `${source.file}:${source.line}`;
  try {
    if (source.error !== undefined)
      fail("E_DATA_ROW", { where: origin, what: `${source.error}.`, fix: "Correct the line." });
    return readRow(source.value, { origin, purpose, columns });
  } catch (error) {
    if (strict || !isTunesmithError(error, "E_DATA_ROW")) throw error;
    tally.add(error.what.replace(/\.$/, ""), error.where ?? origin);
    return undefined;
  }
}

export interface Tally {
  readonly add: (reason: string, example: string) => void;
  readonly list: () => readonly DroppedRows[];
}

const EXAMPLES = 3;

/** Counts dropped rows by reason. */
export function createTally(): Tally {
  const reasons = new Map<string, { count: number; examples: string[] }>();
  return {
    add: (reason, example) => {
      const known = reasons.get(reason) ?? { count: 0, examples: [] };
      known.count++;
      if (known.examples.length < EXAMPLES) known.examples.push(example);
      reasons.set(reason, known);
    },
    list: () =>
      [...reasons]
        .map(([reason, { count, examples }]) => ({ reason, count, examples }))
        .sort((a, b) => b.count - a.count),
  };
}
