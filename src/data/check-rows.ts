/**
 * A look at rows as training would read them: which shape, what is wrong with which row, what will be left out.
 * No model is needed; a caller that has one looks further at each good row.
 */
import { createHash } from "node:crypto";
import { readColumns } from "./columns.ts";
import { tryReadRow, type Row } from "./row.ts";
import { shapes } from "./shapes/index.ts";
import { isObject, isProblem, type Purpose } from "./shapes/shape.ts";
import { readSource, type Split } from "./source.ts";
import { createTally, type DroppedRows } from "./tally.ts";

export interface RowsCheck {
  readonly rows: number;
  readonly good: number;
  /** Rows of each shape. */
  readonly shapes: Readonly<Record<string, number>>;
  /** Conversations by their roles in order, the most frequent first: "system user assistant". */
  readonly patterns: readonly (readonly [string, number])[];
  /** Columns that are no part of the conversation, with the number of rows that have them. */
  readonly otherColumns: readonly (readonly [string, number])[];
  readonly characters: { readonly mean: number; readonly longest: number; readonly longestAt: string };
  /** Rows that are the same as an earlier one, at least so many. */
  readonly repeated: number;
  readonly problems: readonly DroppedRows[];
  /** Keys of messages that are handed to the chat template, with the number of messages that have them; a model tells which are read. */
  readonly templateKeys: readonly (readonly [string, number])[];
  /** What nothing reads of good rows, beside other columns. */
  readonly unread: readonly DroppedRows[];
}

/** What a model makes of a row. */
export interface RowLook {
  /** Why it cannot be used, by kind and with its place. */
  readonly problem?: { readonly reason: string; readonly example: string } | undefined;
  readonly unread: readonly { readonly what: string; readonly at: string }[];
}

export interface CheckRowsOptions {
  readonly purpose: Purpose;
  readonly columns?: Readonly<Record<string, string>>;
  readonly split?: Split;
  readonly media: "refuse" | "keep";
  readonly look?: (row: Row) => RowLook;
  readonly signal?: AbortSignal;
  readonly onProgress?: (rows: number) => void;
  /** Told what of a folder is not read. */
  readonly onNote?: (text: string) => void;
}

const PROGRESS_EVERY = 1000;
/** Kinds of things that are counted, so that a strange file does not fill the memory. */
const KINDS = 1000;
/** Conversations whose repetition is noticed. */
const REMEMBERED = 1_000_000;

/** @throws E_DATA_FILE */
export async function checkRows(paths: readonly string[], options: CheckRowsOptions): Promise<RowsCheck> {
  const tally = createTally();
  const shapeCounts = new Map<string, number>();
  const patterns = new Map<string, number>();
  const others = new Map<string, number>();
  const templateKeys = new Map<string, number>();
  const unread = createTally();
  const seen = new Set<string>();
  let [rows, good, characters, longest, repeated] = [0, 0, 0, 0, 0];
  let longestAt = "";
  for (const path of paths) {
    for await (const source of readSource(path, options)) {
      options.signal?.throwIfAborted();
      if (++rows % PROGRESS_EVERY === 0) options.onProgress?.(rows);
      const origin = `${source.file}:${source.line}`;
      if (source.error !== undefined) {
        tally.add(source.error.replace(/[:(].*$/s, "").trim(), `${origin}: ${source.error}. Correct the line.`);
        continue;
      }
      const { columns, purpose, media } = options;
      const given = columns === undefined ? {} : { columns };
      const row = tryReadRow(source.value, { origin, purpose, media, removeUnusedColumns: false, ...given });
      if (isProblem(row)) {
        const { field, reason, what, fix } = row;
        tally.add(reason, `${field === "" ? origin : `${origin}: ${field}`}: ${what} ${fix}`);
        continue;
      }
      const looked = options.look?.(row);
      for (const { what, at } of looked?.unread ?? []) unread.add(what, at);
      if (looked?.problem !== undefined) {
        tally.add(looked.problem.reason, looked.problem.example);
        continue;
      }
      good++;
      if (isObject(source.value)) count(shapeCounts, shapeOf(source.value, columns));
      const { messages } = row.conversation;
      count(patterns, messages.map(({ role }) => role).join(" "));
      for (const key of Object.keys(row.extra)) count(others, key);
      for (const { extra = {} } of messages) for (const key of Object.keys(extra)) count(templateKeys, key);
      for (const { what, at } of row.unread ?? []) {
        if (!what.startsWith("column ")) unread.add(what, `${origin}: ${at}`);
      }
      const text = messages.map(({ role, content }) => `${role}\n${content}`).join("\n");
      characters += text.length;
      if (text.length > longest) [longest, longestAt] = [text.length, origin];
      const key = createHash("sha1").update(text).digest("base64");
      if (seen.has(key)) repeated++;
      else if (seen.size < REMEMBERED) seen.add(key);
    }
  }
  return {
    rows,
    good,
    shapes: Object.fromEntries(shapeCounts),
    patterns: sorted(patterns),
    otherColumns: sorted(others),
    characters: { mean: good === 0 ? 0 : characters / good, longest, longestAt },
    repeated,
    problems: tally.list(),
    templateKeys: sorted(templateKeys),
    unread: unread.list(),
  };
}

function shapeOf(value: Readonly<Record<string, unknown>>, columns: CheckRowsOptions["columns"]): string {
  const row = readColumns(value, columns);
  return shapes.find((shape) => shape.matches(row))?.name ?? "unknown";
}

function count(counts: Map<string, number>, name: string): void {
  const known = counts.get(name);
  if (known !== undefined || counts.size < KINDS) counts.set(name, (known ?? 0) + 1);
}

const sorted = (counts: ReadonlyMap<string, number>): readonly (readonly [string, number])[] =>
  [...counts].sort((a, b) => b[1] - a[1]);
