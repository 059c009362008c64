/**
 * What analysis wants to know of a block of rows whose statistics are measured: numbers in columns, words with their
 * counts, the rows at both ends of each statistic, columns, shapes, and a hash of each text. Runs in a worker; the main
 * thread puts the looks of all blocks together in their order (gather.ts).
 */
import { createHash } from "node:crypto";
import { hashAddress } from "../../base/random.ts";
import type { Item } from "../engine/item.ts";
import type { StatValue } from "../operators/operator.ts";
import { createSample } from "../operators/sample.ts";
import { shapes } from "../shapes/index.ts";
import { isObject, type RawObject } from "../shapes/shape.ts";
import { excerptOf, showRow, type RowPart } from "./excerpt.ts";
import { instructionOf } from "./instruction.ts";

/** Plain data: it is sent to workers. */
export interface LookPlan {
  readonly textKey: string;
  /** Names of the statistics and tags that are measured. */
  readonly stats: readonly string[];
  readonly seed: number;
  /** How many rows to note at either end of each statistic. */
  readonly examples: number;
  /** How many rows to draw, to be shown. */
  readonly drawn: number;
  /** Share of the rows whose instruction is read for its verb and object. */
  readonly phraseShare: number;
}

/** A row that shows what a value means. */
export interface Example {
  readonly value: number;
  readonly origin: string;
  readonly text: string;
}

export interface DrawnRow {
  /** Rows with the lowest are the ones drawn; it depends on seed and origin alone. */
  readonly priority: number;
  readonly origin: string;
  readonly parts: readonly RowPart[];
}

export interface BlockStat {
  /** One number for each row: NaN where there is none, the mean where there is a list. */
  readonly numbers: Float64Array;
  /** All numbers of the rows' lists, one after the other, and NaN for rows without one; where there are lists. */
  readonly spread?: Float64Array;
  /** Texts and truth values with their counts. */
  readonly words: ReadonlyMap<string, number>;
  /** Lowest and highest rows, the furthest first; of equals the first. */
  readonly lowest: readonly Example[];
  readonly highest: readonly Example[];
}

/** Rows that an operator could not measure, with the first of them. */
export interface Missed {
  readonly operator: string;
  readonly count: number;
  readonly reason: string;
  readonly origin: string;
}

export interface BlockLook {
  readonly rows: number;
  readonly stats: Readonly<Record<string, BlockStat>>;
  /** Rows that have a column, by `name` and kind of value, with a tab between. */
  readonly columns: ReadonlyMap<string, number>;
  readonly shapes: ReadonlyMap<string, number>;
  /** 48 bits of each row's text. */
  readonly hashes: Float64Array;
  readonly drawn: readonly DrawnRow[];
  /** `verb noun` of instructions with their counts; `verb` alone where no object was found. */
  readonly phrases: ReadonlyMap<string, number>;
  /** Instructions that were read for them. */
  readonly instructions: number;
  readonly missed: readonly Missed[];
}

const EXCERPT = 320;

export async function lookAtBlock(
  items: readonly Item[],
  plan: LookPlan,
  missed: readonly Missed[],
): Promise<BlockLook> {
  const columns = new Map<string, number>();
  const shapeCounts = new Map<string, number>();
  const hashes = new Float64Array(items.length);
  const instructions: string[] = [];
  for (const [i, item] of items.entries()) {
    const { row, origin } = item;
    for (const [name, value] of Object.entries(row)) count(columns, `${name}\t${kindOf(value)}`);
    count(shapeCounts, shapes.find((shape) => shape.matches(row))?.name ?? "other");
    hashes[i] = hashOf(textOf(item, plan.textKey));
    if (hashAddress([plan.seed, "phrase", origin]) >= plan.phraseShare * 2 ** 32) continue;
    const instruction = instructionOf(row);
    if (instruction !== undefined) instructions.push(instruction);
  }
  return {
    rows: items.length,
    stats: Object.fromEntries(plan.stats.map((name) => [name, lookAtStat(items, name, plan)])),
    columns,
    shapes: shapeCounts,
    hashes,
    drawn: drawRows(items, plan),
    phrases: await phrasesOf(instructions),
    instructions: instructions.length,
    missed,
  };
}

/** The tagger takes a while to load: it is loaded when there is something to read. */
async function phrasesOf(instructions: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const phrases = new Map<string, number>();
  if (instructions.length === 0) return phrases;
  const { findVerbNoun } = await import("./verb-noun.ts");
  for (const instruction of instructions) {
    const phrase = findVerbNoun(instruction);
    if (phrase !== undefined) count(phrases, phrase);
  }
  return phrases;
}

/** @throws nothing: a row without a text is looked at as a whole */
export function textOf({ row, origin }: Item, key: string): string {
  try {
    return createSample(row, origin).text(key);
  } catch {
    return JSON.stringify(row);
  }
}

function hashOf(text: string): number {
  return createHash("md5").update(text).digest().readUIntLE(0, 6);
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

const META = "__dj__meta__";

/** A statistic, or a tag that a mapper wrote. */
function valueOf(item: Item, name: string): StatValue | undefined {
  const value = item.stats[name];
  if (value !== undefined) return value;
  const tags = item.row[META];
  return isObject(tags) ? (tags as Readonly<Record<string, StatValue>>)[name] : undefined;
}

function lookAtStat(items: readonly Item[], name: string, plan: LookPlan): BlockStat {
  const numbers = new Float64Array(items.length).fill(Number.NaN);
  const spread: number[] = [];
  const words = new Map<string, number>();
  let lists = false;
  const note = (value: unknown): number => {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (typeof value === "string" || typeof value === "boolean") count(words, String(value));
    return Number.NaN;
  };
  for (const [i, item] of items.entries()) {
    const value = valueOf(item, name);
    if (!Array.isArray(value)) {
      const number = note(value);
      numbers[i] = number;
      spread.push(number);
      continue;
    }
    lists = true;
    const list = (value as readonly unknown[]).map(note);
    if (list.length === 0) spread.push(Number.NaN);
    else spread.push(...list);
    const known = list.filter((number) => !Number.isNaN(number));
    if (known.length > 0) numbers[i] = known.reduce((sum, number) => sum + number, 0) / known.length;
  }
  const example = (i: number): Example => {
    const item = items[i] as Item;
    return { value: numbers[i] as number, origin: item.origin, text: excerptOf(textOf(item, plan.textKey), EXCERPT) };
  };
  return {
    numbers,
    ...(lists ? { spread: Float64Array.from(spread) } : {}),
    words,
    lowest: furthest(numbers, plan.examples, -1).map(example),
    highest: furthest(numbers, plan.examples, 1).map(example),
  };
}

/** Places of the greatest numbers (`sign` 1) or the least (-1). */
function furthest(numbers: Float64Array, most: number, sign: 1 | -1): readonly number[] {
  const best: number[] = [];
  for (const [i, number] of numbers.entries()) {
    if (Number.isNaN(number)) continue;
    const at = best.findIndex((other) => sign * number > sign * (numbers[other] as number));
    if (at < 0 && best.length >= most) continue;
    best.splice(at < 0 ? best.length : at, 0, i);
    if (best.length > most) best.pop();
  }
  return best;
}

function drawRows(items: readonly Item[], { drawn, seed }: LookPlan): readonly DrawnRow[] {
  return items
    .map(({ row, origin }) => ({ row, origin, priority: hashAddress([seed, "shown", origin]) }))
    .sort((a, b) => a.priority - b.priority)
    .slice(0, drawn)
    .map(({ row, origin, priority }) => ({ priority, origin, parts: showRow(withoutMeta(row)) }));
}

function withoutMeta(row: RawObject): RawObject {
  const { [META]: _meta, __dj__suffix__: _suffix, ...rest } = row;
  return rest;
}
