/** Which rows a file of results has answers to, so that a job goes on where it stopped. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { writeJson } from "../../formats/json-text.ts";
import { readJsonl } from "../../formats/jsonl.ts";
import { writtenMessage, type Conversation } from "../../text/message.ts";

export interface Answered {
  /** Whether a question has an answer; each answer counts for one question. */
  readonly take: (question: Conversation) => boolean;
}

const digest = (value: unknown): string => createHash("sha1").update(writeJson(value)).digest("base64");

/** Everything of a question that its result repeats. */
export function questionKeys({
  messages,
  tools,
  chat_template_kwargs,
}: Conversation): Readonly<Record<string, unknown>> {
  return {
    messages: messages.map(writtenMessage),
    ...(tools === undefined ? {} : { tools: writeJson(tools) }),
    ...(chat_template_kwargs === undefined ? {} : { chat_template_kwargs }),
  };
}

/** Results of an earlier try; a line that was cut short is none. */
export async function readAnswered(path: string): Promise<Answered> {
  const counts = new Map<string, number>();
  if ((await stat(path).catch(() => undefined))?.isFile() === true) {
    for await (const { value } of readJsonl(path)) {
      const { response, messages, tools, chat_template_kwargs } = (value ?? {}) as Readonly<Record<string, unknown>>;
      if (typeof response !== "string" || !Array.isArray(messages)) continue;
      const asked = { messages: messages.slice(0, -1), tools, chat_template_kwargs };
      const key = digest(asked);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return {
    take: (question) => {
      const key = digest(questionKeys(question));
      const count = counts.get(key) ?? 0;
      if (count > 0) counts.set(key, count - 1);
      return count > 0;
    },
  };
}
