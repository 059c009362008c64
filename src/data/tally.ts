/** Counts rows that had to be left out, by reason, with the places of the first few. */
import { visible } from "../base/visible.ts";

export interface DroppedRows {
  readonly reason: string;
  readonly count: number;
  /** The first few, with file and line. */
  readonly examples: readonly string[];
}

export interface Tally {
  readonly add: (reason: string, example: string) => void;
  /** Most frequent first. */
  readonly list: () => readonly DroppedRows[];
}

const EXAMPLES = 3;
/** Reasons are kinds of mistakes, of which there are few; should a caller let them grow, the rest is one kind. */
const REASONS = 100;

export function createTally(): Tally {
  const reasons = new Map<string, { count: number; examples: string[] }>();
  return {
    add: (said, example) => {
      const reason = visible(said);
      const name = reasons.has(reason) || reasons.size < REASONS ? reason : "other reasons";
      const known = reasons.get(name) ?? { count: 0, examples: [] };
      known.count++;
      if (known.examples.length < EXAMPLES) known.examples.push(visible(example));
      reasons.set(name, known);
    },
    list: () =>
      [...reasons]
        .map(([reason, { count, examples }]) => ({ reason, count, examples }))
        .sort((a, b) => b.count - a.count),
  };
}

/** Counts in both; lists the first. */
export function joinTallies(own: Tally, all: Tally): Tally {
  return {
    add: (reason, example) => {
      own.add(reason, example);
      all.add(reason, example);
    },
    list: own.list,
  };
}

const TOLD = 8;

/** One line of what was found but not read: "column id (2 ×, rows.jsonl:1: id); ..."; undefined when there is nothing. */
export function describeUnread(unread: readonly DroppedRows[]): string | undefined {
  if (unread.length === 0) return undefined;
  const told = unread.slice(0, TOLD).map(({ reason, count, examples }) => `${reason} (${count} ×, ${examples[0]})`);
  const more = unread.length > TOLD ? `; and ${unread.length - TOLD} more` : "";
  return `nothing reads of the rows: ${told.join("; ")}${more}`;
}

/** One line for an error: "3 x unknown role (train.jsonl:12: ...); 1 x ...". */
export function describeDropped(dropped: readonly DroppedRows[]): string {
  return dropped.map(({ reason, count, examples }) => `${count} x ${reason} (${examples[0]})`).join("; ");
}
