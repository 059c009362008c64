/** What a row says and nothing reads: columns, keys of calls, settings of what is never trained. Told once, with a count. */
import type { Message } from "../text/message.ts";
import { parseCallText } from "../text/tool-call.ts";
import { mediaColumns } from "./columns.ts";
import type { DraftMessage, RawObject } from "./shapes/shape.ts";

export interface Unread {
  /** The kind, for counting: "column id", "key strict of calls". */
  readonly what: string;
  /** Where in the row. */
  readonly at: string;
}

export interface ReadKeys {
  /** Columns of the shape and of settings that the row has. */
  readonly read: ReadonlySet<string>;
  readonly drafts: readonly DraftMessage[];
  readonly messages: readonly Message[];
}

export function unreadOf(row: RawObject, { read, drafts, messages }: ReadKeys): readonly Unread[] {
  const found: Unread[] = [];
  for (const key of Object.keys(row)) {
    if (!read.has(key) && !(mediaColumns as readonly string[]).includes(key))
      found.push({ what: `column ${key}`, at: key });
  }
  for (const [i, draft] of drafts.entries()) {
    const { role, content, loss } = messages[i] as Message;
    for (const at of draft.unread ?? []) found.push({ what: `key ${lastOf(at)} of calls`, at });
    if (role === "tool_call") {
      const keys = parseCallText(content)?.unread ?? [];
      found.push(...keys.map((key) => ({ what: `key ${key} of calls`, at: `${draft.contentAt}.${key}` })));
    } else if (
      role !== "assistant" &&
      (loss === true || (draft.loss_scale !== undefined && draft.loss_scale !== null))
    ) {
      // To leave out what is never trained says nothing new.
      const key = loss === true ? (draft.lossKey ?? "loss") : "loss_scale";
      found.push({ what: `${key} of ${role} messages, which are never trained`, at: draft.contentAt });
    }
  }
  return found;
}

const lastOf = (at: string): string => at.slice(at.lastIndexOf(".") + 1);
