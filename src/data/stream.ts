/**
 * Datasets that are never held in memory whole (`streaming`): rows in the order of the files, or mixed by a buffer.
 *
 * `path#N` takes the first N good rows and begins again at the start of the files when there are fewer: drawing at
 * random would need the size beforehand. A stream has no held-out part; name one with `valSpecs` of loadRows.
 * Position and draws are functions of the seed, so that skipping to a row needs reading but no state.
 */
import { randomAt } from "../base/random.ts";
import { checkProbabilities, turnOf, type StoppingStrategy } from "./mixing.ts";
import { checkColumns, createReadLog, failEmpty, readRows, type ReadLog, type ReadRowsOptions } from "./read-rows.ts";
import type { Row } from "./row.ts";
import { parseDatasetSpec } from "./source.ts";
import { createTally, joinTallies, type Tally } from "./tally.ts";

export interface StreamRowsOptions extends ReadRowsOptions {
  readonly seed: number;
  /** Which pass over the data this is: with a buffer each pass has its own order. */
  readonly epoch?: number;
  /** Rows held to be drawn from at random; 0 (the default) keeps the order. */
  readonly shuffleBufferSize?: number;
  readonly interleaveProb?: readonly number[];
  readonly stoppingStrategy?: StoppingStrategy;
  /** Counts dropped rows; read it when the stream has ended. */
  readonly tally?: Tally;
}

/** One pass over the datasets. @throws as loadRows, when the stream comes there */
export async function* streamRows(specs: readonly string[], options: StreamRowsOptions): AsyncGenerator<Row> {
  const log = createReadLog(options.tally);
  const { interleaveProb, shuffleBufferSize = 0, seed, epoch = 0 } = options;
  const rows = interleaveProb === undefined ? concatenate(specs, options, log) : interleaveStreams(specs, options, log);
  yield* shuffleBufferSize > 1 ? shuffleStream(rows, shuffleBufferSize, { seed, epoch }) : rows;
  checkColumns(options.columns, log);
  options.onProgress?.(log.progress.read);
}

async function* concatenate(specs: readonly string[], options: StreamRowsOptions, log: ReadLog): AsyncGenerator<Row> {
  for (const spec of specs) yield* streamSpec(spec, options, log);
}

/** What was dropped is counted in the first pass only. */
async function* streamSpec(
  spec: string,
  options: StreamRowsOptions,
  log: ReadLog,
  counted = true,
): AsyncGenerator<Row> {
  const { path, take } = await parseDatasetSpec(spec);
  const wanted = take ?? 1;
  let taken = 0;
  for (let pass = 0; taken < wanted; pass++) {
    const own = createTally();
    const tally = pass === 0 && counted ? joinTallies(own, log.tally) : own;
    const before = taken;
    for await (const row of readRows(path, options, { ...log, tally })) {
      yield row;
      taken++;
      if (taken === take) return;
    }
    if (taken === before) failEmpty(spec, options, log, own);
  }
}

async function* interleaveStreams(
  specs: readonly string[],
  options: StreamRowsOptions,
  log: ReadLog,
): AsyncGenerator<Row> {
  const { interleaveProb: probabilities = [], seed, stoppingStrategy = "first_exhausted" } = options;
  checkProbabilities(probabilities, specs.length);
  const open = (spec: string, first: boolean) => createPeeking(streamSpec(spec, options, log, first));
  const streams = specs.map((spec) => open(spec, true));
  const exhausted = new Set<number>();
  const enough = stoppingStrategy === "first_exhausted" ? 1 : specs.length;
  try {
    for (let turn = 0; exhausted.size < enough; turn++) {
      const dataset = turnOf(turn, { probabilities, seed });
      const stream = streams[dataset] as Peeking;
      yield await stream.next();
      if (await stream.hasMore()) continue;
      exhausted.add(dataset);
      streams[dataset] = open(specs[dataset] as string, false);
    }
  } finally {
    for (const stream of streams) await stream.close();
  }
}

interface Peeking {
  readonly next: () => Promise<Row>;
  readonly hasMore: () => Promise<boolean>;
  readonly close: () => Promise<unknown>;
}

/** A stream that can say whether it has ended; an empty one throws by itself. */
function createPeeking(rows: AsyncGenerator<Row>): Peeking {
  let ahead: Promise<IteratorResult<Row>> | undefined;
  const peek = (): Promise<IteratorResult<Row>> => (ahead ??= rows.next());
  return {
    next: async () => {
      const { value } = await peek();
      ahead = undefined;
      return value as Row;
    },
    hasMore: async () => (await peek()).done !== true,
    close: () => rows.return(undefined),
  };
}

/** A buffer is kept full, and each row given out is drawn from it. */
export async function* shuffleStream<T>(
  rows: AsyncIterable<T>,
  size: number,
  { seed, epoch = 0 }: { readonly seed: number; readonly epoch?: number },
): AsyncGenerator<T> {
  const { integer } = randomAt(seed, "buffer", epoch);
  const buffer: T[] = [];
  const draw = (): T => {
    const at = integer(buffer.length);
    const drawn = buffer[at] as T;
    buffer[at] = buffer.at(-1) as T;
    buffer.pop();
    return drawn;
  };
  for await (const row of rows) {
    buffer.push(row);
    if (buffer.length > size) yield draw();
  }
  while (buffer.length > 0) yield draw();
}
