/**
 * Layouts that conversations are written in: messages (ms-swift, OpenAI), ShareGPT, Alpaca, query-response, and the
 * rows of Data-Juicer's post-tuning operators. Reading is `readRow`, which knows all of them; a layout is the other
 * way. What a layout has no place for is refused, never dropped.
 */
import type { Conversation, Message } from "../../text/message.ts";
import type { RawObject } from "../shapes/shape.ts";

/** A row, or why the conversation does not fit. */
export type Written = { readonly row: RawObject } | { readonly refused: string };

export interface Layout {
  readonly name: string;
  readonly summary: string;
  readonly write: (conversation: Conversation) => Written;
}

/** A conversation of pairs: what Alpaca, query-response and Data-Juicer can hold. */
export interface Pairs {
  readonly system: string | undefined;
  readonly history: readonly (readonly [string, string])[];
  readonly query: string;
  /** Undefined when the conversation ends with the user. */
  readonly response: string | undefined;
}

export function pairsOf({ messages, tools }: Conversation): Pairs | { readonly refused: string } {
  if (tools !== undefined) return { refused: "it has tools" };
  const weighted = messages.find((message) => message.loss !== undefined || message.loss_scale !== undefined);
  if (weighted !== undefined) return { refused: "a message has loss or loss_scale" };
  const [key] = messages.flatMap(({ extra = {} }) => Object.keys(extra));
  if (key !== undefined) return { refused: `a message has ${key}` };
  const [first] = messages;
  const system = first?.role === "system" ? first.content : undefined;
  const turns = system === undefined ? messages : messages.slice(1);
  const history: (readonly [string, string])[] = [];
  for (let i = 0; i < turns.length; i += 2) {
    const [query, response] = [turns[i] as Message, turns[i + 1]];
    if (query.role !== "user")
      return { refused: `message ${i + 1} is of role ${query.role}, where the user's would be` };
    if (response !== undefined && response.role !== "assistant") {
      return { refused: `message ${i + 2} is of role ${response.role}, where the assistant's would be` };
    }
    if (i + 2 >= turns.length) return { system, history, query: query.content, response: response?.content };
    history.push([query.content, response?.content ?? ""]);
  }
  return { refused: "it has no message of a user" };
}
