/** Questions to a chat model: POST /chat/completions, the answer's text, and what it cost. */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import type { ChatMessage } from "../operators/tools.ts";
import { hashOf } from "./answer-cache.ts";
import type { Endpoint } from "./endpoint.ts";

export interface Question {
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly sampling: Readonly<Record<string, unknown>>;
  /** Where the text is in the answer: names and places, joined by dots. */
  readonly responsePath: string;
  /** Tells apart questions that read the same but want answers of their own. */
  readonly variant: string | undefined;
}

/** What is kept of an answer. */
export const chatAnswer = z.object({ text: z.string().nullable(), finish: z.string().nullable() });

export type ChatAnswer = z.output<typeof chatAnswer>;

export const bodyOf = ({ model, messages, sampling }: Question): Readonly<Record<string, unknown>> => ({
  ...sampling,
  model,
  messages,
});

export function keyOfQuestion(question: Question): string {
  const { endpoint, responsePath, variant = null } = question;
  return hashOf(["chat", endpoint.chat, bodyOf(question), responsePath, variant]);
}

/** @throws E_DATA_ENDPOINT when the reply is none of a chat model */
export function readChat(value: unknown, { endpoint, responsePath }: Question): ChatAnswer {
  const text = at(value, responsePath);
  const finish = at(value, "choices.0.finish_reason");
  if (typeof text === "string" || (text === null && at(value, "choices.0") !== undefined)) {
    return { text, finish: typeof finish === "string" ? finish : null };
  }
  return fail("E_DATA_ENDPOINT", {
    where: endpoint.chat.replace(/\?.*$/s, ""),
    what: `the answer has no text at ${responsePath}.`,
    fix: "Give the address of an OpenAI-compatible API, or say with response_path where the text is.",
  });
}

/** An answer longer than this is no answer to anything that operators ask. */
const LONGEST = 1 << 20;

/** The text of an answer that is whole. @throws E_DATA_ROW */
export function textOf({ text, finish }: ChatAnswer, where: string): string {
  if (text === null) return failAnswer(where, `the model gave no text (finish_reason ${finish ?? "unknown"})`);
  if (finish === "length") {
    return failAnswer(where, "the answer was cut off at the limit of tokens; sampling_params may raise max_tokens");
  }
  return text.length > LONGEST ? failAnswer(where, "the answer is longer than a million characters") : text;
}

const failAnswer = (where: string, what: string): never => fail("E_DATA_ROW", { where, what });

/** Tokens of question and answer as the server counts them; undefined when it does not. */
export function tokensOf(value: unknown): number | undefined {
  const number = (name: string): number | undefined => {
    const found = at(value, `usage.${name}`);
    return typeof found === "number" && Number.isSafeInteger(found) && found >= 0 ? found : undefined;
  };
  const [prompt, completion] = [number("prompt_tokens"), number("completion_tokens")];
  return number("total_tokens") ?? (prompt === undefined ? undefined : prompt + (completion ?? 0));
}

function at(value: unknown, path: string): unknown {
  let found = value;
  for (const part of path.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[part];
  }
  return found;
}
