/**
 * A query and a response under any of ms-swift's names for them, with `history` of earlier pairs.
 *
 * `query` and `response` themselves win. Several other names with different texts are not decided between: a row
 * with both `answer` and `solution` would be trained on the wrong one half of the time. (ms-swift reads no
 * response from such a row.) `text`, `completion` and `content` only count when no other name is there.
 */
import {
  asList,
  columnsOf,
  exampleMapping,
  firstKey,
  isProblem,
  show,
  systemDraft,
  systemKeys,
  type DraftMessage,
  type Purpose,
  type RawObject,
  type RowProblem,
  type Shape,
} from "./shape.ts";

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
] as const;
/** Names of a response that are often something else. */
export const textKeys = ["text", "completion", "content"] as const;

export const queryResponseShape: Shape = {
  name: "query-response",
  keys: [...queryKeys, ...responseKeys, ...textKeys, "history", ...systemKeys],
  matches: (row) => firstKey(row, queryKeys) !== undefined,
  draft: (row, purpose) => {
    const query = choose(row, queryKeys, "query");
    if (query !== undefined && typeof query !== "string") return query;
    const history = historyDraft(row);
    if (isProblem(history)) return history;
    const response = responseDraft(row, purpose);
    if (isProblem(response)) return response;
    const key = query ?? "query";
    const asked = { role: "user", content: row[key], roleAt: key, contentAt: key };
    return [...systemDraft(row), ...history, asked, ...(response as readonly DraftMessage[])];
  },
};

/** The column that holds something; a problem when several do and none has the name itself. */
function choose(row: RawObject, keys: readonly string[], name: string): string | undefined | RowProblem {
  const present = keys.filter((key) => row[key] !== undefined && row[key] !== null);
  if (present.includes(name)) return name;
  const filled = present.filter((key) => row[key] !== "");
  const [first = present[0], ...others] = filled;
  const other = others.find((key) => JSON.stringify(row[key]) !== JSON.stringify(row[first as string]));
  if (other === undefined) return first;
  return {
    field: name,
    reason: `several columns could be the ${name}: ${filled.join(", ")}`,
    what: `the columns ${filled.join(" and ")} could all be the ${name}.`,
    fix: `Choose one, for example --columns '${JSON.stringify({ [filled.at(-1) as string]: name })}'.`,
  };
}

/** The response as a message, if there is one. For inference it is only a reference, so that doubt leaves it out. */
export function responseDraft(row: RawObject, purpose: Purpose): readonly DraftMessage[] | RowProblem {
  const strong = choose(row, responseKeys, "response");
  const key = strong ?? choose(row, textKeys, "response");
  if (key === undefined) {
    if (purpose !== "sft") return [];
    return {
      field: "response",
      reason: "no response",
      what: `there is no response; the columns are ${columnsOf(row)}.`,
      fix: exampleMapping(row, [...queryKeys, "id", "history", ...systemKeys], "response"),
    };
  }
  if (typeof key !== "string") return purpose === "infer" ? [] : key;
  return [{ role: "assistant", content: firstAnswer(row[key]), roleAt: key, contentAt: key }];
}

/** Several accepted answers: the first is trained on. */
function firstAnswer(value: unknown): unknown {
  const list = Array.isArray(value) ? (value as readonly unknown[]) : undefined;
  return list === undefined ? value : list[0];
}

/** Earlier turns, as pairs of query and response. */
export function historyDraft(row: RawObject): readonly DraftMessage[] | RowProblem {
  const { history } = row;
  if (history === undefined || history === null || history === "") return [];
  const pairs = asList(history);
  const wrong = (field: string, value: unknown): RowProblem => ({
    field,
    reason: "history is not a list of pairs",
    what: `${field} is ${show(value)}, wants ${field === "history" ? "a list of pairs" : "a pair"}.`,
    fix: 'Write [["question", "answer"], ...].',
  });
  if (pairs === undefined) return wrong("history", history);
  const drafts: DraftMessage[] = [];
  for (const [i, pair] of pairs.entries()) {
    if (!Array.isArray(pair) || pair.length !== 2) return wrong(`history[${i}]`, pair);
    for (const [j, role] of (["user", "assistant"] as const).entries()) {
      const content: unknown = pair[j];
      const at = `history[${i}][${j}]`;
      if (content !== null) drafts.push({ role, content, roleAt: at, contentAt: at });
    }
  }
  return drafts;
}
