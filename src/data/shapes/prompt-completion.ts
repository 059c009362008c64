/**
 * Prompt and completion as messages (TRL, OpenAI): a list of messages on at least one side, where the other may be a
 * text. As in TRL the completion is what is trained: replies inside the prompt are not, unless they say so.
 */
import { draftMessages } from "./messages.ts";
import {
  asList,
  isObject,
  isProblem,
  systemKeys,
  type DraftMessage,
  type RawObject,
  type RowProblem,
  type Shape,
} from "./shape.ts";

/** Messages, one or a list of them. */
function messagesOf(value: unknown): readonly unknown[] | undefined {
  const list = isObject(value) ? [value] : asList(value);
  const isMessage = (item: unknown): boolean => isObject(item) && ("role" in item || "from" in item);
  return list !== undefined && list.length > 0 && list.every(isMessage) ? list : undefined;
}

function draft(row: RawObject, key: string, role: string): readonly DraftMessage[] | RowProblem {
  const value = row[key];
  if (value === undefined || value === null) return [];
  const list = messagesOf(value);
  if (list === undefined) return [{ role, content: value, roleAt: key, contentAt: key }];
  return draftMessages(list, key, role === "user" ? row : {});
}

const isReply = ({ role }: DraftMessage): boolean => role === "assistant" || role === "tool_call";

export const promptCompletionShape: Shape = {
  name: "prompt-completion",
  keys: ["prompt", "completion", ...systemKeys],
  matches: (row) => messagesOf(row["prompt"]) !== undefined || messagesOf(row["completion"]) !== undefined,
  draft: (row) => {
    const asked = draft(row, "prompt", "user");
    if (isProblem(asked)) return asked;
    const answered = draft(row, "completion", "assistant");
    if (isProblem(answered)) return answered;
    const prompt = asked as readonly DraftMessage[];
    return [
      ...prompt.map((one) => (isReply(one) && one.loss === undefined ? { ...one, loss: false } : one)),
      ...(answered as readonly DraftMessage[]),
    ];
  },
};
