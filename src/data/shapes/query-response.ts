/** A query and a response under any of ms-swift's names for them, with `history` of earlier pairs. */
import { asList, systemDraft, type DraftMessage, type RawObject, type Shape } from "./shape.ts";

/** In order of preference, as ms-swift lists them. */
export const queryKeys = ["query", "prompt", "input", "instruction", "question", "problem"] as const;
export const responseKeys = [
  "response",
  "answer",
  "output",
  "targets",
  "target",
  "answer_key",
  "answers",
  "solution",
  "text",
  "completion",
  "content",
] as const;

const present = (row: RawObject, keys: readonly string[]): string | undefined =>
  keys.find((key) => row[key] !== undefined && row[key] !== null);

export const queryResponseShape: Shape = {
  name: "query-response",
  keys: [...queryKeys, ...responseKeys, "history", "system", "system_prompt"],
  matches: (row) => present(row, queryKeys) !== undefined,
  draft: (row) => {
    const query = present(row, queryKeys) as string;
    const response = present(row, responseKeys);
    return [
      ...systemDraft(row),
      ...historyDraft(row),
      { role: "user", content: row[query], field: query },
      ...(response === undefined ? [] : [{ role: "assistant", content: firstAnswer(row[response]), field: response }]),
    ];
  },
};

/** Several accepted answers: the first is trained on. */
function firstAnswer(value: unknown): unknown {
  return Array.isArray(value) ? (value[0] as unknown) : value;
}

/** Earlier turns, as pairs of query and response. */
export function historyDraft(row: RawObject): readonly DraftMessage[] {
  return (asList(row["history"]) ?? []).flatMap((pair, i) => {
    const [query, response] = Array.isArray(pair) ? (pair as readonly unknown[]) : [pair, undefined];
    return [
      { role: "user", content: query, field: `history[${i}][0]` },
      { role: "assistant", content: response, field: `history[${i}][1]` },
    ];
  });
}
