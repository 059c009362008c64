/**
 * Requests in the form of OpenAI's API, checked. What is not there yet is an unknown parameter and named, never
 * ignored; of what only the hosted service knows, `user` and `metadata` are taken and have no effect. Beside OpenAI's
 * words those of vLLM: top_k, min_p, repetition_penalty, chat_template_kwargs.
 */
import * as z from "zod";
import type { GenerateOptions } from "../generate/index.ts";
import type { Conversation, Message } from "../text/message.ts";

const sampling = {
  model: z.string(),
  temperature: z.number().min(0).max(100).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
  presence_penalty: z.literal(0).nullish(),
  frequency_penalty: z.literal(0).nullish(),
  seed: z.int().min(0).max(0xffffffff).nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(16)]).nullish(),
  n: z.int().min(1).max(16).nullish(),
  max_tokens: z.int().min(1).nullish(),
  logprobs: z.literal(false).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().optional() }).nullish(),
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
};

const text = z.union([z.string(), z.array(z.strictObject({ type: z.literal("text"), text: z.string() }))]);

const message = z.strictObject({
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: text,
  reasoning_content: z.string().nullish(),
});

export const chatRequest = z.strictObject({
  ...sampling,
  messages: z.array(message).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
  chat_template_kwargs: z.record(z.string(), z.unknown()).nullish(),
});

export const completionRequest = z.strictObject({
  ...sampling,
  prompt: z.union([z.string(), z.array(z.string()).min(1).max(64), z.array(z.int()).min(1)]),
  echo: z.literal(false).nullish(),
});

export type ChatRequest = z.output<typeof chatRequest>;
export type CompletionRequest = z.output<typeof completionRequest>;

/** The part that both kinds of request have. */
export type AnyRequest = Omit<CompletionRequest, "prompt" | "echo"> &
  Pick<Partial<ChatRequest>, "max_completion_tokens">;

export function conversationOf({ messages, chat_template_kwargs }: ChatRequest): Conversation {
  const textOf = (content: z.output<typeof text>): string =>
    typeof content === "string" ? content : content.map((part) => part.text).join("");
  return {
    messages: messages.map(({ role, content, reasoning_content }): Message => ({
      role: role === "developer" ? "system" : role,
      content: textOf(content),
      ...(typeof reasoning_content === "string" && { extra: { reasoning_content } }),
    })),
    ...(chat_template_kwargs != null && { chat_template_kwargs }),
  };
}

/** What the request says; what it leaves open is as the checkpoint says. */
export function optionsOf(request: AnyRequest): GenerateOptions {
  const { stop } = request;
  const given = {
    temperature: request.temperature,
    topP: request.top_p,
    topK: request.top_k,
    minP: request.min_p,
    repetitionPenalty: request.repetition_penalty,
    seed: request.seed,
    samples: request.n,
    maxNewTokens: request.max_completion_tokens ?? request.max_tokens,
    stopStrings: stop == null ? undefined : [stop].flat(),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null));
}
