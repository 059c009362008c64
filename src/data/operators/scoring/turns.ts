/**
 * What a row says, as the texts of its messages in order, for models that score texts: the messages it has, or a query
 * and a response that templates make of its columns (LLMPerplexityFilter.sample_with_messages of Data-Juicer).
 */
import * as z from "zod";
import { arg } from "../args.ts";
import { conversationTexts } from "../conversation-texts.ts";
import type { Sample } from "../sample.ts";
import { listOf } from "../../shapes/messages.ts";
import { parseTemplate, templateValue } from "./template.ts";

export const scorerArgs = {
  hf_model: arg(
    z.string().min(1).default("Qwen/Qwen2.5-0.5B"),
    "Name of the model in recipes of Data-Juicer; here the model of the run scores.",
  ),
  model_params: arg(
    z.record(z.string(), z.unknown()).nullish(),
    "Parameters of that model in recipes of Data-Juicer; nothing here looks at them.",
  ),
  query_template: arg(
    z.string().nullish(),
    "What is asked, made of columns: {query}. For rows without messages; nothing when absent.",
  ),
  response_template: arg(
    z.string().nullish(),
    "What is answered, made of columns: {response}. For rows without messages; the text when absent.",
  ),
} as const;

interface TemplateArgs {
  readonly query_template?: string | null | undefined;
  readonly response_template?: string | null | undefined;
  readonly text_key: string;
}

/**
 * The texts of a row; the last is the response. A system prompt goes before query and response of templates, not before
 * messages, as in Data-Juicer. @throws E_DATA_ROW
 */
export type TurnsOf = (sample: Sample, systemPrompt?: string | null) => readonly string[];

/** The texts of the messages of a row, one for each; none when it has no messages. */
export const messageTexts = (sample: Sample): readonly string[] =>
  (listOf(sample.row)?.[1] ?? []).map((message) => conversationTexts({ messages: [message] }).join("\n"));

/** @throws E_DATA_OPERATOR for templates that cannot be read */
export function createTurns(operator: string, args: TemplateArgs): TurnsOf {
  const parse = (name: "query_template" | "response_template", otherwise: string) =>
    parseTemplate(args[name] || otherwise, `${operator}.${name}`);
  const query = parse("query_template", "");
  const response = parse("response_template", "{text}");
  return (sample, systemPrompt) => {
    const messages = messageTexts(sample);
    if (messages.length > 0) return messages;
    const value = (column: string): string => templateValue(sample, column, args.text_key);
    return [...(systemPrompt == null ? [] : [systemPrompt]), query.fill(value), response.fill(value)];
  };
}
