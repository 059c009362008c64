/** ShareGPT: `conversations` of from and value, or ms-swift's `conversation` of human and assistant pairs. */
import { asList, isObject, systemDraft, type DraftMessage, type RawObject, type Shape } from "./shape.ts";

const names: Readonly<Record<string, string>> = {
  human: "user",
  user: "user",
  gpt: "assistant",
  assistant: "assistant",
  bot: "assistant",
  chatgpt: "assistant",
  model: "assistant",
  system: "system",
  function_call: "tool_call",
  tool_call: "tool_call",
  observation: "tool_response",
  tool: "tool_response",
  function_response: "tool_response",
  tool_response: "tool_response",
};

const listKeys = ["conversations", "conversation", "messages"] as const;

function listOf(row: RawObject): readonly [string, readonly RawObject[]] | undefined {
  for (const key of listKeys) {
    const list = asList(row[key]);
    if (list?.every(isObject) === true && list.length > 0) return [key, list as readonly RawObject[]];
  }
  return undefined;
}

export const shareGptShape: Shape = {
  name: "sharegpt",
  keys: [...listKeys, "system", "system_prompt"],
  matches: (row) => {
    const first = listOf(row)?.[1][0];
    return first !== undefined && ("from" in first || "human" in first || "assistant" in first);
  },
  draft: (row) => {
    const [key, list] = listOf(row) ?? ["conversations", []];
    const drafts = list.flatMap((turn, i): readonly DraftMessage[] => {
      const field = `${key}[${i}]`;
      if (!("from" in turn)) {
        const pair = [
          { role: "user", content: turn["human"], field: `${field}.human` },
          { role: "assistant", content: turn["assistant"], field: `${field}.assistant` },
        ];
        return pair.filter(({ content }) => content !== undefined);
      }
      const from = turn["from"];
      const role = typeof from === "string" && Object.hasOwn(names, from) ? names[from] : from;
      return [{ role, content: turn["value"], loss: turn["loss"], loss_scale: turn["loss_scale"], field }];
    });
    return drafts[0]?.role === "system" ? drafts : [...systemDraft(row), ...drafts];
  },
};
