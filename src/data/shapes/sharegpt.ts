/**
 * ShareGPT: `conversations` of from and value, whose speakers have names of their own, or ms-swift's
 * `conversation` of pairs of human and assistant.
 */
import { draftMessages, listKeys, listOf } from "./messages.ts";
import { extraOf, lossOf } from "./message-keys.ts";
import { firstKey, isObject, systemDraft, systemKeys, type DraftMessage, type RawObject, type Shape } from "./shape.ts";

const userKeys = ["human", "user"] as const;
const assistantKeys = ["assistant", "gpt", "bot"] as const;

export const shareGptShape: Shape = {
  name: "sharegpt",
  keys: [...listKeys, ...systemKeys],
  matches: (row) => {
    const first = listOf(row)?.[1][0];
    return isObject(first) && ("from" in first || isPair(first));
  },
  draft: (row) => {
    const [key, list] = listOf(row) ?? ["conversations", []];
    const first = list[0];
    if (!isObject(first) || !isPair(first)) return draftMessages(list, key, row);
    return [...systemDraft(row), ...list.flatMap((turn, i) => draftPair(turn, `${key}[${i}]`))];
  },
};

function isPair(turn: RawObject): boolean {
  if ("role" in turn || "content" in turn || "from" in turn || "value" in turn) return false;
  return [...userKeys, ...assistantKeys].some((key) => key in turn);
}

function draftPair(turn: unknown, at: string): readonly DraftMessage[] {
  if (!isObject(turn)) return [{ role: undefined, content: turn, roleAt: at, contentAt: at }];
  const asked = firstKey(turn, userKeys);
  const answered = firstKey(turn, assistantKeys);
  const user = `${at}.${asked ?? "human"}`;
  const assistant = `${at}.${answered ?? "assistant"}`;
  return [
    { role: "user", content: turn[asked ?? "human"], roleAt: user, contentAt: user },
    ...(answered === undefined
      ? []
      : [
          {
            ...lossOf(turn),
            ...extraOf(turn, [...userKeys, ...assistantKeys]),
            role: "assistant",
            content: turn[answered],
            roleAt: assistant,
            contentAt: assistant,
          },
        ]),
  ];
}
