/** A row inside the engine, with what is known of it, and its two written forms: as read, and between stages. */
import { extname } from "node:path";
import { findJsonFault } from "../../formats/json-fault.ts";
import type { StatValue } from "../operators/operator.ts";
import { isObject, show, type RawObject } from "../shapes/shape.ts";
import type { Block } from "./block.ts";
import type { BadRow } from "./chain.ts";

export interface Item {
  readonly row: RawObject;
  /** The row's JSON, as long as nothing changed the row. */
  readonly raw: string | undefined;
  readonly file: string;
  readonly line: number;
  readonly origin: string;
  /** Filled in by filters, the one thing here that changes. */
  readonly stats: Record<string, StatValue>;
  /** Whether statistics came with the row and are part of `raw`. */
  readonly hadStats: boolean;
  /** Rows it was made of, by origin, and operators that changed it: its lineage. */
  readonly parents: readonly string[];
  readonly operators: readonly string[];
}

export interface ReadItems {
  readonly items: readonly Item[];
  readonly bad: readonly BadRow[];
}

/** The rows of a block. Lines that hold none are bad rows. */
export function linesOf(block: Block, spilled: boolean, addSuffix: boolean): ReadItems {
  const items: Item[] = [];
  const bad: BadRow[] = [];
  const suffix = addSuffix ? extname(block.file.replace(/\.(gz|zst)$/i, "")) : undefined;
  for (const [i, line] of decodeLines(block.bytes).entries()) {
    const number = block.lines?.[i] ?? block.firstLine + i;
    if (typeof line !== "string") {
      const base64 = Buffer.from(line).toString("base64");
      bad.push({ file: block.file, line: number, reason: "the line is not UTF-8", base64 });
    } else if (spilled) items.push(readSpilled(line));
    else if (line.trim() !== "") {
      const read = readItem(line, block.file, number, suffix);
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

function readItem(text: string, file: string, line: number, suffix: string | undefined): Item | BadRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const fault = findJsonFault(text);
    const why = fault === undefined ? (error as Error).message : `${fault.reason} at column ${fault.offset + 1}`;
    return { file, line, reason: `not JSON: ${why}`, text };
  }
  if (!isObject(value)) return { file, line, reason: `a row is an object, this one is ${show(value)}`, row: value };
  const given = value["__dj__stats__"];
  const raw = text.endsWith("\r") ? text.slice(0, -1) : text;
  const named = suffix === undefined ? value : { ...value, __dj__suffix__: suffix };
  const common = { file, line, origin: `${file}:${line}`, parents: [], operators: [] };
  if (given === undefined) return { ...common, row: named, raw, stats: {}, hadStats: false };
  const { __dj__stats__: _given, ...row } = named as RawObject;
  const stats = isObject(given) ? { ...(given as Record<string, StatValue>) } : {};
  return { ...common, row, raw, stats, hadStats: true };
}

/** What a spilled line knows of its row, in the order of Item; last whether the row is as it was read. */
export type Known = [string, number, string, Item["stats"], boolean, readonly string[], readonly string[], boolean];

/** What is known of the row, a tab, and the row: JSON holds no tab of its own where ours ends. */
export function spillLine({ row, raw, file, line, origin, stats, hadStats, parents, operators }: Item): string {
  const known: Known = [file, line, origin, stats, hadStats, parents, operators, raw !== undefined];
  return `${JSON.stringify(known)}\t${raw ?? JSON.stringify(row)}`;
}

function readSpilled(line: string): Item {
  const tab = line.indexOf("\t");
  const known = JSON.parse(line.slice(0, tab)) as Known;
  const [file, number, origin, stats, hadStats, parents, operators, whole] = known;
  const raw = line.slice(tab + 1);
  const parsed = JSON.parse(raw) as RawObject;
  const common = { raw: whole ? raw : undefined, file, line: number, origin, stats, hadStats, parents, operators };
  if (!hadStats || !whole) return { ...common, row: parsed };
  const { __dj__stats__: _given, ...rest } = parsed;
  return { ...common, row: rest };
}
