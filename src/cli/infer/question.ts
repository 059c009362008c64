/** Rows as questions: what of a row the model is asked, and which mistakes are those of one row alone. */
import type { ErrorCode } from "../../base/error-codes.ts";
import type { Conversation, Message } from "../../text/message.ts";

export interface Question {
  readonly conversation: Conversation;
  /** What the row itself answers. */
  readonly labels: string | null;
}

/** A row without its last answer, and with the system message where it has none. */
export function questionOf(row: Conversation, system: string | undefined): Question {
  const wrote = ({ role }: Message): boolean => role === "assistant" || role === "tool_call";
  const end = row.messages.findLastIndex((message) => !wrote(message)) + 1;
  const asked = row.messages.slice(0, end);
  const labels = row.messages.slice(end).map(({ content }) => content);
  const start: readonly Message[] =
    system === undefined || asked[0]?.role === "system" ? [] : [{ role: "system", content: system }];
  const messages = end === 0 ? [] : [...start, ...asked];
  return { conversation: { ...row, messages }, labels: labels.length > 0 ? labels.join("") : null };
}

/** What is wrong with one row alone, and ends no job. */
export const questionErrors: ReadonlyMap<ErrorCode, string> = new Map([
  ["E_GENERATE_LENGTH", "too long, or empty"],
  ["E_GENERATE_TOKEN", "tokens outside of the model's vocabulary"],
  ["E_TEXT_MESSAGES", "messages that cannot be asked"],
  ["E_TEXT_TOOLS", "tools that cannot be written"],
  ["E_TEXT_TEMPLATE_LIMIT", "the chat template takes too long or writes too much"],
  ["E_TEXT_TEMPLATE_RENDER", "the chat template refuses the row"],
  ["E_TEXT_TEMPLATE_SPANS", "the chat template changes the row"],
]);
