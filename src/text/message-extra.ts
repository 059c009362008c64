/**
 * Keys of messages that are the chat template's to read (`reasoning_content`, `name` of a user, ...), handed to it as
 * transformers does. Reasoning has three names; a template that reads another than the row's is given that one.
 */
import type { Conversation } from "./message.ts";

type Extra = Readonly<Record<string, unknown>>;

/** Names of reasoning. */
const reasoning: readonly string[] = ["reasoning_content", "reasoning", "thinking"];

/** Whether a template's source speaks of a key of messages: `.key`, `"key"`. */
export function readsKey(source: string, key: string): boolean {
  const word = key.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`\\.\\s*${word}(?![\\w])|["']${word}["']`).test(source);
}

/** Keys under the names that the template reads. */
export function namedFor(extra: Extra, reads: (key: string) => boolean): Extra {
  const own = reasoning.find((key) => extra[key] !== undefined);
  if (own === undefined || reads(own)) return extra;
  const other = reasoning.find((key) => extra[key] === undefined && reads(key));
  if (other === undefined) return extra;
  const { [own]: value, ...rest } = extra;
  return { ...rest, [other]: value };
}

export interface UnreadKey {
  readonly key: string;
  /** Number of the message, from 1. */
  readonly message: number;
}

/** Keys of messages that the template does not speak of; without a template (undefined) all of them. */
export function unreadKeys({ messages }: Conversation, source: string | undefined): readonly UnreadKey[] {
  return messages.flatMap(({ extra }, i) => {
    if (extra === undefined) return [];
    const reads = (key: string): boolean => source !== undefined && readsKey(source, key);
    const named = namedFor(extra, reads);
    const keys = Object.keys(extra).filter((key) => !reads(key) && Object.hasOwn(named, key));
    return keys.map((key) => ({ key, message: i + 1 }));
  });
}
