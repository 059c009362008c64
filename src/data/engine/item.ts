/** A row inside the engine, with what is known of it, and its two written forms: as read, and between stages. */
import { extname } from "node:path";
import { DEPTH_LIMIT, isTooDeep } from "../../formats/json-text.ts";
import { findJsonFault } from "../../formats/json-fault.ts";
import type { StatValue } from "../operators/operator.ts";
import { isObject, show, type RawObject } from "../shapes/shape.ts";
import type { BadRow } from "./block-result.ts";
import type { Block } from "./block.ts";
import { rowText } from "./row-text.ts";

export interface Item {
  readonly row: RawObject;
  /** The JSON that `parsed` was read from: the row's own, as long as `row` is `parsed`. */
  readonly text: string;
  readonly parsed: RawObject;
  readonly file: string;
  readonly line: number;
  readonly origin: string;
  /** Filled in by filters, the one thing here that changes. */
  readonly stats: Record<string, StatValue | undefined>;
  /** Statistics that came with the row; they hold until a mapper changes it. Then they are in `text` too. */
  readonly given: Readonly<Record<string, StatValue>> | undefined;
  /** Whether the suffix of its file was put into the row: it is no part of it. */
  readonly suffixed: boolean;
  /** Rows it was made of, by origin, and operators that changed it: its lineage. */
  readonly parents: readonly string[];
  readonly operators: readonly string[];
}

export interface ReadItems {
  readonly items: readonly Item[];
  readonly bad: readonly BadRow[];
}

const STATS = "__dj__stats__";
const SUFFIX = "__dj__suffix__";

export interface LinesOptions {
  /** Lines are those of a stage before, not of a file. */
  readonly spilled?: boolean;
  /** Rows get a column of their file's suffix. */
  readonly addSuffix?: boolean;
  /** Nobody looks into the rows: where their text says that it is what will be written, it is not read. */
  readonly unread?: boolean;
}

/** The rows of a block. Lines that hold none are bad rows. */
export function linesOf(
  block: Block,
  { spilled = false, addSuffix = false, unread = false }: LinesOptions = {},
): ReadItems {
  const items: Item[] = [];
  const bad: BadRow[] = [];
  for (const [i, line] of decodeLines(block.bytes).entries()) {
    const number = block.lines?.[i] ?? block.firstLine + i;
    if (typeof line !== "string") {
      const base64 = Buffer.from(line).toString("base64");
      bad.push({ file: block.file, line: number, reason: "the line is not UTF-8", base64 });
    } else if (spilled) items.push(readSpilled(line, addSuffix, unread));
    else if (line.trim() !== "") {
      const read = readItem(line, block.file, number, addSuffix);
      if ("reason" in read) bad.push(read);
      else items.push(read);
    }
  }
  return { items, bad };
}

/** Lines of UTF-8; one that is not stays bytes, and does not spoil its neighbours. */
function decodeLines(bytes: Uint8Array): readonly (string | Uint8Array)[] {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    const lines = decoder.decode(bytes).split("\n");
    lines.pop();
    return lines;
  } catch {
    const lines: (string | Uint8Array)[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(0x0a, start);
      const line = bytes.subarray(start, end < 0 ? bytes.length : end);
      start += line.length + 1;
      try {
        lines.push(decoder.decode(line));
      } catch {
        lines.push(line);
      }
    }
    return lines;
  }
}

function readItem(line: string, file: string, number: number, addSuffix: boolean): Item | BadRow {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const fault = findJsonFault(text);
    const why = fault === undefined ? (error as Error).message : `${fault.reason} at column ${fault.offset + 1}`;
    return { file, line: number, reason: `not JSON: ${why}`, text };
  }
  if (isTooDeep(text)) return { file, line: number, reason: `nested over ${DEPTH_LIMIT} levels deep`, text };
  if (!isObject(value)) {
    return { file, line: number, reason: `a row is an object, this one is ${show(value)}`, row: value };
  }
  const read = readColumns(value, file, addSuffix);
  const stats = read.given === undefined ? {} : { ...read.given };
  const origin = `${file}:${number}`;
  return { ...read, text, parsed: read.row, file, line: number, origin, stats, parents: [], operators: [] };
}

/** The row as operators see it: statistics beside it, and the suffix of its file in it where one asks for that. */
function readColumns(value: RawObject, file: string, addSuffix: boolean): Pick<Item, "row" | "given" | "suffixed"> {
  const suffixed = addSuffix && !Object.hasOwn(value, SUFFIX);
  const whole = suffixed ? { ...value, [SUFFIX]: suffixOf(file) } : value;
  if (!Object.hasOwn(value, STATS)) return { row: whole, given: undefined, suffixed };
  const { [STATS]: stats, ...row } = whole;
  return { row, given: isObject(stats) ? (stats as Record<string, StatValue>) : {}, suffixed };
}

/** Columns of the row itself. */
export function ownColumns({ row, suffixed }: Item): RawObject {
  if (!suffixed) return row;
  const { [SUFFIX]: _suffix, ...own } = row;
  return own;
}

const suffixOf = (file: string): string => extname(file.replace(/\.(gz|zst)$/i, ""));

/** What a spilled line knows of its row: file, line, origin, statistics, parents, operators. */
export type Known = [string, number, string, Item["stats"], readonly string[], readonly string[]];

/** What is known of the row, a tab, and the row: JSON holds no tab of its own where ours ends. */
export function spillLine(item: Item): string {
  const { row, text, parsed, file, line, origin, stats, parents, operators } = item;
  const known: Known = [file, line, origin, stats, parents, operators];
  return `${JSON.stringify(known)}\t${row === parsed ? text : rowText(ownColumns(item), text, parsed)}`;
}

/** Columns of ours, which are not written as they stand, or what may hide one. */
const ours = /__dj__|\\u005f/i;

/** Stands for a row that is not read. */
const UNREAD: RawObject = {};

function readSpilled(line: string, addSuffix: boolean, unread: boolean): Item {
  const tab = line.indexOf("\t");
  const [file, number, origin, stats, parents, operators] = JSON.parse(line.slice(0, tab)) as Known;
  const text = line.slice(tab + 1);
  if (unread && !ours.test(text)) {
    const known = { file, line: number, origin, stats, parents, operators };
    return { row: UNREAD, parsed: UNREAD, text, given: undefined, suffixed: false, ...known };
  }
  const read = readColumns(JSON.parse(text) as RawObject, file, addSuffix);
  return { ...read, parsed: read.row, text, file, line: number, origin, stats, parents, operators };
}
