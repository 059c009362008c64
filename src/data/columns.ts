/**
 * Names of a row's columns before its shape is looked for: the user's `columns` mapping, known names in any case
 * (`Question`), `image` for `images`. As in ms-swift, except that a column the user maps replaces one of that name.
 */
import { keepTexts } from "../formats/json-text.ts";
import { queryKeys, responseKeys, textKeys } from "./shapes/query-response.ts";
import { listKeys } from "./shapes/messages.ts";
import { asList, systemKeys, type RawObject } from "./shapes/shape.ts";

const pairKeys = ["messages", "images", "videos", "audios", "tools", "objects"] as const;

/** Columns that are kept beside the conversation: those of ms-swift, and `solution`, which rewards read. */
export const standardColumns: ReadonlySet<string> = new Set([
  ...["", "rejected_", "positive_", "negative_"].flatMap((prefix) => pairKeys.map((key) => `${prefix}${key}`)),
  "rejected_response",
  "label",
  "channel",
  "margin",
  "teacher_prompt",
  "chat_template_kwargs",
  "solution",
]);

export const mediaColumns = ["images", "videos", "audios"] as const;

const known: ReadonlySet<string> = new Set([
  ...listKeys,
  ...systemKeys,
  ...queryKeys,
  ...responseKeys,
  ...textKeys,
  "history",
  ...standardColumns,
]);

const singular: ReadonlyMap<string, string> = new Map(mediaColumns.map((name) => [name.slice(0, -1), name]));

/** The row under the names that shapes look for; columns without a value are left out. */
export function readColumns(raw: RawObject, columns: Readonly<Record<string, string>> = {}): RawObject {
  const row: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const mapping = new Map(Object.entries(columns).map(([from, to]) => [from.toLowerCase(), to]));
  const mapped = new Set<string>();
  const names = new Map<string, string>();
  for (const [key, value] of Object.entries(raw)) {
    if (value === null || value === undefined) continue;
    const chosen = mapping.get(key.toLowerCase());
    const name = chosen ?? standardName(key, raw);
    if (chosen === undefined && mapped.has(name)) continue;
    if (chosen !== undefined) mapped.add(name);
    row[name] = value;
    names.set(key, name);
  }
  keepTexts(raw, row, (key) => names.get(key));
  for (const key of [...listKeys, "history"]) {
    if (typeof row[key] === "string") row[key] = asList(row[key]) ?? row[key];
  }
  return row;
}

/** The known name that a column means; its own when the row has a column of the known name as well. */
function standardName(key: string, raw: RawObject): string {
  if (known.has(key)) return key;
  const lower = key.toLowerCase();
  const name = singular.get(lower) ?? lower;
  return known.has(name) && !Object.hasOwn(raw, name) ? name : key;
}
