/** The texts of a conversation in a row, whatever its shape: contents of messages, or the columns of a pair. */
import { listKeys } from "../shapes/messages.ts";
import { queryKeys, responseKeys } from "../shapes/query-response.ts";
import { isObject, systemKeys, type RawObject } from "../shapes/shape.ts";

const pairColumns: readonly string[] = [...systemKeys, ...queryKeys, ...responseKeys];

/** Where a message keeps its text: OpenAI's word and ShareGPT's. */
const contentKeys = ["content", "value"] as const;

/** All texts, in order; none when the row is no conversation. */
export function conversationTexts(row: RawObject): readonly string[] {
  const texts: string[] = [];
  mapConversation(row, (text) => {
    texts.push(text);
    return text;
  });
  return texts;
}

/** The row with each text changed (the same row when none was), or undefined when it is no conversation. */
export function mapConversation(row: RawObject, change: (text: string) => string): RawObject | undefined {
  const changes: Record<string, unknown> = {};
  let found = false;
  for (const key of pairColumns) {
    const value = row[key];
    if (typeof value !== "string") continue;
    found = true;
    const changed = change(value);
    if (changed !== value) changes[key] = changed;
  }
  for (const key of listKeys) {
    const list = row[key];
    if (!Array.isArray(list) || !list.every(isObject)) continue;
    found = true;
    const changed = list.map((message) => mapMessage(message, change));
    if (changed.some((message, i) => message !== list[i])) changes[key] = changed;
  }
  if (!found) return undefined;
  return Object.keys(changes).length === 0 ? row : { ...row, ...changes };
}

function mapMessage(message: RawObject, change: (text: string) => string): RawObject {
  for (const key of contentKeys) {
    const content = message[key];
    if (typeof content === "string") {
      const changed = change(content);
      return changed === content ? message : { ...message, [key]: changed };
    }
    if (!Array.isArray(content)) continue;
    const parts = content.map((part: unknown) => {
      if (!isObject(part) || typeof part["text"] !== "string") return part;
      const changed = change(part["text"]);
      return changed === part["text"] ? part : { ...part, text: changed };
    });
    return parts.some((part, i) => part !== content[i]) ? { ...message, [key]: parts } : message;
  }
  return message;
}
