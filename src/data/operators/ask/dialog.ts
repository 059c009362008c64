/** The turns of a row that is a dialog, and how much of them a model is shown. */
import { fail } from "../../../base/errors.ts";
import { isObject } from "../../shapes/shape.ts";
import type { Sample } from "../sample.ts";

export interface Turn {
  readonly query: string;
  readonly response: string;
}

interface DialogKeys {
  readonly history_key: string;
  readonly query_key: string;
  readonly response_key: string;
}

/**
 * Earlier pairs, then query and response; a pair that is the last of the history already is not told twice. Rows with
 * messages are read too. @throws E_DATA_ROW when there is no turn
 */
export function turnsOf(sample: Sample, keys: DialogKeys): readonly Turn[] {
  const history = sample.field(keys.history_key);
  const turns = (Array.isArray(history) ? (history as readonly unknown[]) : []).flatMap((pair): readonly Turn[] =>
    Array.isArray(pair) && pair.length >= 2 ? [{ query: said(pair[0]), response: said(pair[1]) }] : [],
  );
  const query = said(sample.field(keys.query_key));
  if (query !== "") {
    const last = { query, response: said(sample.field(keys.response_key)) };
    if (turns.at(-1)?.query === query) turns.pop();
    turns.push(last);
  }
  const found = turns.length > 0 ? turns : messageTurns(sample.field("messages"));
  if (found.length > 0) return found;
  return fail("E_DATA_ROW", {
    where: sample.origin,
    what: `there is no dialog: neither ${keys.history_key} nor ${keys.query_key} nor messages`,
  });
}

const said = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

/** Each message of a user begins a turn; what the assistant says until the next belongs to it. */
function messageTurns(messages: unknown): readonly Turn[] {
  const turns: { query: string; response: string }[] = [];
  for (const message of Array.isArray(messages) ? (messages as readonly unknown[]) : []) {
    if (!isObject(message) || typeof message["content"] !== "string") continue;
    const { role, content } = message as { readonly role: unknown; readonly content: string };
    const last = turns.at(-1);
    if (role === "user") turns.push({ query: content, response: "" });
    else if (role === "assistant" && last !== undefined) last.response += content;
  }
  return turns;
}

/** The first characters of a text with a note that there were more; `most` 0 takes all. */
export function clipped(text: string, most: number, note: string): string {
  const characters = Array.from(text);
  if (most === 0 || characters.length <= most) return text;
  const suffix = `\n…[${note}]…`;
  const kept = most - suffix.length;
  return kept <= 0 ? suffix.trim() : characters.slice(0, kept).join("") + suffix;
}
