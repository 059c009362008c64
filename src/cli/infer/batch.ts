/**
 * Rows of files, answered and appended to a JSONL file: response, labels (the row's own last answer, or null) and
 * messages, which end with the response, so that the file can be trained on.
 */
import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Conversation, Message } from "../../text/message.ts";
import type { Context } from "../context.ts";
import { formatDuration, formatInteger } from "../terminal/format.ts";
import { createLiveLine } from "../terminal/live-line.ts";
import { bar } from "../terminal/progress-line.ts";
import type { Answer, Answerer } from "./answerer.ts";

export interface BatchOptions {
  readonly system: string | undefined;
  readonly resultPath: string;
  readonly maxBatchSize: number;
}

interface Question {
  readonly conversation: Conversation;
  /** What the row itself answers. */
  readonly labels: string | null;
}

/** A row without its last answer, and with the system message where it has none. */
export function questionOf(row: Conversation, system: string | undefined): Question {
  const last = row.messages.at(-1);
  const answered = last?.role === "assistant";
  const asked = answered ? row.messages.slice(0, -1) : row.messages;
  const start: readonly Message[] =
    system === undefined || asked[0]?.role === "system" ? [] : [{ role: "system", content: system }];
  return { conversation: { ...row, messages: [...start, ...asked] }, labels: answered ? last.content : null };
}

export function resultRow({ conversation, labels }: Question, { text }: Answer): Readonly<Record<string, unknown>> {
  const { messages, tools, chat_template_kwargs } = conversation;
  return {
    response: text,
    labels,
    messages: [...messages, { role: "assistant", content: text }],
    ...(tools === undefined ? {} : { tools: JSON.stringify(tools) }),
    ...(chat_template_kwargs === undefined ? {} : { chat_template_kwargs }),
  };
}

export async function answerRows(
  answerer: Answerer,
  rows: readonly Conversation[],
  options: BatchOptions,
  context: Context,
): Promise<undefined> {
  const { resultPath, maxBatchSize, system } = options;
  const { stderr, stdout, paint, signal } = context;
  const live = createLiveLine(stderr);
  await mkdir(dirname(resultPath), { recursive: true });
  const began = performance.now();
  let tokens = 0;
  let done = 0;
  while (done < rows.length && !signal.aborted) {
    const questions = rows.slice(done, done + maxBatchSize).map((row) => questionOf(row, system));
    const answers = await answerer.answer(
      questions.map(({ conversation }) => conversation),
      { signal },
    );
    // Rows that were broken off are not answers.
    if (signal.aborted) break;
    const written = questions.map((question, i) => `${JSON.stringify(resultRow(question, answers[i] as Answer))}\n`);
    await appendFile(resultPath, written.join(""));
    tokens += answers.reduce((sum, answer) => sum + answer.tokens, 0);
    done += questions.length;
    live.update(`${bar(done / rows.length, 16, paint)}  ${done}/${rows.length} rows`);
  }
  live.clear();
  const seconds = (performance.now() - began) / 1000;
  live.print(
    `${formatInteger(done)} of ${formatInteger(rows.length)} rows answered in ${formatDuration(seconds)}, ` +
      `${formatInteger(tokens / seconds)} tokens/s`,
  );
  stdout.write(`${resultPath}\n`);
  return undefined;
}
