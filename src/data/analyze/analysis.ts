/** What an analysis finds: plain data, as `--json` prints it and the page shows it. */
import type { FileFault } from "../engine/block.ts";
import type { DroppedRows } from "../tally.ts";
import type { DrawnRow, Example, Missed } from "./look-at-block.ts";
import type { Histogram } from "./histogram.ts";
import type { Repeats } from "./repeats.ts";

export interface Analysis {
  readonly files: readonly string[];
  /** Bytes of all files. */
  readonly bytes: number;
  /** Rows that were looked at, good and bad. */
  readonly rows: number;
  /** Rows without a mistake: those that all numbers are about. */
  readonly good: number;
  /** The column whose texts were measured, where the one asked for was not there. */
  readonly textColumn?: string;
  /** When not all rows were looked at. */
  readonly sample?: { readonly wanted: number; readonly total: number; readonly seed: number };
  readonly seconds: number;
  readonly shapes: readonly Counted[];
  readonly columns: readonly ColumnFacts[];
  readonly statistics: readonly Statistic[];
  readonly correlation: { readonly names: readonly string[]; readonly matrix: readonly (readonly (number | null)[])[] };
  readonly repeats: Repeats & { readonly examples: readonly RepeatedText[] };
  readonly instructions: Instructions;
  readonly drawn: readonly DrawnRow[];
  /** Bad rows by reason, with the first places. */
  readonly bad: readonly DroppedRows[];
  readonly fileFaults: readonly FileFault[];
  /** Operators that could not measure some rows. */
  readonly missed: readonly Missed[];
  /** Operators that gave nothing, with the reason. */
  readonly leftOut: readonly LeftOut[];
  /** A process list that keeps what lies within mean +- 3 std. */
  readonly suggestion: readonly SuggestedStep[];
}

export interface Counted {
  readonly name: string;
  readonly count: number;
}

export interface ColumnFacts {
  readonly name: string;
  /** Kinds of values: string, number, boolean, list, object, null; the most frequent first. */
  readonly kinds: readonly Counted[];
  readonly rows: number;
}

export interface LeftOut {
  readonly operator: string;
  readonly reason: string;
}

export interface RepeatedText {
  readonly text: string;
  readonly times: number;
  readonly origin: string;
}

/** One statistic of an operator. It has numbers, words or, where rows differ, both. */
export interface Statistic {
  readonly name: string;
  readonly operator: string;
  /** What the operator does, one sentence. */
  readonly summary: string;
  readonly numbers?: NumberFacts;
  readonly words?: WordFacts;
}

export interface NumberFacts {
  /** Numbers; with lists in the rows there may be more than rows. */
  readonly count: number;
  readonly missing: number;
  readonly mean: number;
  /** Of a sample (n - 1); null for a single number. */
  readonly std: number | null;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  /** [share, value], the recipe's percentiles and the quartiles, in order. */
  readonly percentiles: readonly (readonly [number, number])[];
  readonly histogram: Histogram;
  readonly lowest: readonly Example[];
  readonly highest: readonly Example[];
}

export interface WordFacts {
  readonly count: number;
  /** Different ones; at least so many when `capped`. */
  readonly unique: number;
  readonly capped: boolean;
  /** The most frequent. */
  readonly top: readonly Counted[];
}

export interface Instructions {
  /** Instructions that were read. */
  readonly read: number;
  /** Of them, those with a verb and its object. */
  readonly withObject: number;
  /** Different pairs of verb and object. */
  readonly pairs: number;
  readonly verbs: readonly VerbFacts[];
}

export interface VerbFacts {
  readonly verb: string;
  /** With an object. */
  readonly count: number;
  readonly nouns: readonly Counted[];
}

export interface SuggestedStep {
  readonly operator: string;
  readonly statistic: string;
  /** Argument and value: `min_ratio: 0.52`. */
  readonly args: readonly (readonly [string, number])[];
  readonly mean: number;
  readonly std: number;
}
