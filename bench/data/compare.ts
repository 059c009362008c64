/** Whether two sides gave the same: the rows that stay, their order, what they hold, and their statistics. */
import { isDeepStrictEqual } from "node:util";
import { existsSync } from "node:fs";
import { readLines } from "../../src/formats/row-reader.ts";

export interface Comparison {
  readonly rows: number;
  readonly peerRows: number;
  /** Rows that one side alone has. */
  readonly missing: number;
  readonly extra: number;
  /** Whether both sides have their rows in the order of the input. */
  readonly inOrder: boolean;
  /** Rows of both whose columns differ. */
  readonly changed: number;
  readonly statistics: number;
  readonly differentStatistics: number;
  /** The greatest difference of two numbers that count as equal, and the first that do not. */
  readonly largestDifference: number;
  readonly examples: readonly string[];
}

interface Side {
  readonly rows: string;
  readonly stats: string;
}

interface Row {
  readonly id: number;
  readonly row: Readonly<Record<string, unknown>>;
  readonly stats: Readonly<Record<string, unknown>>;
}

const EXAMPLES = 5;

/** The peer's files hold ten decimals of a fraction (see peer_stats.py, which has them all). */
const PEER_DECIMALS = 0.5000001e-10;

const statsIn = (line: string): Row["stats"] => {
  const { __dj__stats__: stats = {} } = JSON.parse(line) as { readonly __dj__stats__?: Row["stats"] };
  return stats;
};

async function* rowsOf({ rows, stats }: Side): AsyncGenerator<Row> {
  const measured = existsSync(stats) ? readLines(stats)[Symbol.asyncIterator]() : undefined;
  for await (const { text = "" } of readLines(rows)) {
    const row = JSON.parse(text) as Row["row"];
    const line = (await measured?.next())?.value?.text as string | undefined;
    yield { id: row["id"] as number, row, stats: line === undefined ? {} : statsIn(line) };
  }
}

export async function compareResults(ours: Side, peer: Side): Promise<Comparison> {
  const result = { rows: 0, peerRows: 0, missing: 0, extra: 0, inOrder: true, changed: 0 };
  const tally = createTally(PEER_DECIMALS);
  const [left, right] = [rowsOf(ours), rowsOf(peer)];
  const [nextOurs, nextPeer] = [left, right].map((side, i) => {
    let last = -1;
    return async (): Promise<Row | undefined> => {
      const { value, done } = await side.next();
      if (done === true) return undefined;
      if (i === 0) result.rows++;
      else result.peerRows++;
      result.inOrder &&= value.id > last;
      last = value.id;
      return value;
    };
  }) as [() => Promise<Row | undefined>, () => Promise<Row | undefined>];
  let [a, b] = [await nextOurs(), await nextPeer()];
  while (a !== undefined || b !== undefined) {
    if (b === undefined || (a !== undefined && a.id < b.id)) {
      tally.example(`row ${a?.id} stays here alone`);
      result.extra++;
      a = await nextOurs();
    } else if (a === undefined || b.id < a.id) {
      tally.example(`row ${b.id} stays at the peer alone`);
      result.missing++;
      b = await nextPeer();
    } else {
      if (!isDeepStrictEqual(a.row, b.row)) {
        result.changed++;
        tally.example(`row ${a.id}: ${firstDifference(a.row["text"], b.row["text"])}`);
      }
      tally.stats(a.id, a.stats, b.stats);
      [a, b] = [await nextOurs(), await nextPeer()];
    }
  }
  return { ...result, ...tally.done() };
}

/** Statistics of all rows, line by line, to the last bit. */
export async function compareStatistics(ours: string, peer: string): Promise<Comparison> {
  const tally = createTally(0);
  let [rows, peerRows] = [0, 0];
  const left = readLines(ours);
  for await (const { text = "{}" } of readLines(peer)) {
    peerRows++;
    const next = await left.next();
    if (next.done === true) continue;
    tally.stats(rows, statsIn(next.value.text ?? "{}"), JSON.parse(text) as Row["stats"]);
    rows++;
  }
  while ((await left.next()).done !== true) rows++;
  const missing = Math.max(0, peerRows - rows);
  const extra = Math.max(0, rows - peerRows);
  return { rows, peerRows, missing, extra, inOrder: true, changed: 0, ...tally.done() };
}

function createTally(tolerance: number) {
  let [statistics, differentStatistics, largestDifference] = [0, 0, 0];
  const examples: string[] = [];
  const example = (text: string): void => {
    if (examples.length < EXAMPLES) examples.push(text);
  };
  return {
    example,
    stats: (id: number, ours: Row["stats"], peer: Row["stats"]): void => {
      for (const name of new Set([...Object.keys(ours), ...Object.keys(peer)])) {
        const [a, b] = [ours[name], peer[name]];
        statistics++;
        const difference = typeof a === "number" && typeof b === "number" ? Math.abs(a - b) : Number.POSITIVE_INFINITY;
        if (a === b || difference <= tolerance) {
          if (a !== b) largestDifference = Math.max(largestDifference, difference);
          continue;
        }
        differentStatistics++;
        example(`row ${id}: ${name} is ${String(a)}, the peer's ${String(b)}`);
      }
    },
    done: () => ({ statistics, differentStatistics, largestDifference, examples }),
  };
}

function firstDifference(ours: unknown, peer: unknown): string {
  const [a, b] = [String(ours), String(peer)];
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const part = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 20), at + 20));
  return `${part(a)} here, ${part(b)} at the peer`;
}

/** 0 when nothing differs. */
export const differences = (comparison: Comparison): number =>
  comparison.missing +
  comparison.extra +
  comparison.changed +
  comparison.differentStatistics +
  (comparison.inOrder ? 0 : 1);
