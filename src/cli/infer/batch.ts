/**
 * Rows of files, answered and appended to a JSONL file: response, labels (the row's own last answer, or null) and
 * messages, which end with the response, so that the file can be trained on. Rows that cannot be asked are dropped,
 * counted and named; rows that the file has an answer to are not asked again.
 */
import { dirname } from "node:path";
import { fail, isTunesmithError } from "../../base/errors.ts";
import type { Row } from "../../data/row.ts";
import { createTally, describeDropped } from "../../data/tally.ts";
import { appendLines } from "../../formats/append-jsonl.ts";
import { writeJson } from "../../formats/json-text.ts";
import { makeFolder } from "../../formats/make-folder.ts";
import type { Context } from "../context.ts";
import { formatDuration, formatInteger } from "../../reports/format.ts";
import { createLiveLine } from "../terminal/live-line.ts";
import { bar } from "../terminal/progress-line.ts";
import { questionKeys, readAnswered } from "./answered.ts";
import type { Answer, Answerer } from "./answerer.ts";
import { questionErrors, questionOf, type Question } from "./question.ts";

export interface BatchOptions {
  readonly system: string | undefined;
  readonly resultPath: string;
  readonly maxBatchSize: number;
  /** The first row that cannot be asked throws. */
  readonly strict?: boolean;
}

export function resultRow({ conversation, labels }: Question, { text }: Answer): Readonly<Record<string, unknown>> {
  const { messages, ...settings } = questionKeys(conversation);
  const answer = { role: "assistant", content: text };
  return { response: text, labels, messages: [...(messages as readonly unknown[]), answer], ...settings };
}

interface Asked extends Question {
  /** Among all rows. */
  readonly number: number;
}

export async function answerRows(
  answerer: Answerer,
  rows: readonly Pick<Row, "conversation" | "origin">[],
  options: BatchOptions,
  context: Context,
): Promise<undefined> {
  const { resultPath, maxBatchSize, system, strict = false } = options;
  const { stderr, stdout, paint, signal } = context;
  const live = createLiveLine(stderr);
  await makeFolder(dirname(resultPath));
  const answered = await readAnswered(resultPath);
  const tally = createTally();
  const began = performance.now();
  let [tokens, done, before, dropped] = [0, 0, 0, 0];
  const refuse = (error: unknown, origin: string): void => {
    if (!isTunesmithError(error) || !questionErrors.has(error.code)) throw error;
    if (strict) fail(error.code, { where: origin, what: error.what, fix: error.fix, cause: error });
    dropped++;
    tally.add(questionErrors.get(error.code) as string, `${origin}: ${error.what}`);
  };
  const ask = async (group: readonly Asked[]): Promise<void> => {
    const answers = await answerer.answer(
      group.map(({ conversation }) => conversation),
      { signal, numbers: group.map(({ number }) => number) },
    );
    // Rows that were broken off are not answers.
    if (signal.aborted) return;
    const lines = group.map((question, i) => `${writeJson(resultRow(question, answers[i] as Answer))}\n`);
    await appendLines(resultPath, lines.join(""));
    tokens += answers.reduce((sum, answer) => sum + answer.tokens, 0);
    done += group.length;
    const part = (done + before + dropped) / rows.length;
    live.update(`${bar(part, 16, paint)}  ${done + before + dropped}/${rows.length} rows`);
  };
  let group: Asked[] = [];
  for (const [number, { conversation, origin }] of rows.entries()) {
    if (signal.aborted) break;
    const question = questionOf(conversation, system);
    if (answered.take(question.conversation)) {
      before++;
      continue;
    }
    try {
      answerer.check(question.conversation);
    } catch (error) {
      refuse(error, origin);
      continue;
    }
    group.push({ ...question, number });
    if (group.length < maxBatchSize) continue;
    await ask(group);
    group = [];
  }
  if (group.length > 0 && !signal.aborted) await ask(group);
  live.clear();
  for (const { reason, count, examples } of tally.list()) {
    live.print(
      `${paint("yellow", "dropped")}  ${count} row${count === 1 ? "" : "s"}: ${reason} (${examples.join("; ")})`,
    );
  }
  if (dropped > 0 && dropped === rows.length) {
    fail("E_DATA_EMPTY", { what: `none of ${rows.length} rows can be asked: ${describeDropped(tally.list())}.` });
  }
  if (before > 0) {
    const advice = done === 0 ? "; another --result-path answers them anew" : "";
    live.print(`${formatInteger(before)} rows have their answer in ${resultPath} and were not asked again${advice}`);
  }
  const seconds = (performance.now() - began) / 1000;
  live.print(
    `${formatInteger(done)} of ${formatInteger(rows.length)} rows answered in ${formatDuration(seconds)}, ` +
      `${formatInteger(tokens / seconds)} tokens/s`,
  );
  stdout.write(`${resultPath}\n`);
  return undefined;
}
