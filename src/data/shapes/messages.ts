/** The standard of ms-swift and OpenAI: `messages` (or `conversation(s)`) of role and content, calls included. */
import { asList, isObject, systemDraft, type DraftMessage, type RawObject, type Shape } from "./shape.ts";

const listKeys = ["messages", "conversation", "conversations"] as const;

function listOf(row: RawObject): readonly [string, readonly unknown[]] | undefined {
  for (const key of listKeys) {
    const list = asList(row[key]);
    if (list !== undefined) return [key, list];
  }
  return undefined;
}

export const messagesShape: Shape = {
  name: "messages",
  keys: [...listKeys, "system", "system_prompt"],
  matches: (row) => {
    const found = listOf(row);
    const first = found?.[1][0];
    return found !== undefined && (found[1].length === 0 || (isObject(first) && "role" in first));
  },
  draft: (row) => {
    const [key, list] = listOf(row) ?? ["messages", []];
    const drafts = list.flatMap((message, i) => draftMessage(message, `${key}[${i}]`));
    return drafts[0]?.role === "system" ? drafts : [...systemDraft(row), ...drafts];
  },
};

function draftMessage(message: unknown, field: string): readonly DraftMessage[] {
  if (!isObject(message)) return [{ role: undefined, content: message, field }];
  const { role, content, loss, loss_scale } = message;
  const base = { loss, loss_scale };
  const calls = asList(message["tool_calls"]);
  if (calls === undefined || calls.length === 0) {
    return [{ ...base, role: role === "tool" ? "tool_response" : role, content: textOf(content), field: `${field}` }];
  }
  const text = textOf(content);
  const spoken = typeof text === "string" && text !== "" ? [{ ...base, role, content: text, field }] : [];
  return [
    ...spoken,
    ...calls.map((call, i) => ({
      ...base,
      role: "tool_call",
      content: callText(call),
      field: `${field}.tool_calls[${i}]`,
    })),
  ];
}

/** OpenAI's function call as the JSON text of a tool_call message. */
function callText(call: unknown): unknown {
  if (!isObject(call)) return call;
  const inner = isObject(call["function"]) ? call["function"] : call;
  const given = inner["arguments"];
  let parsed: unknown = given;
  if (typeof given === "string") {
    try {
      parsed = JSON.parse(given);
    } catch {
      parsed = given;
    }
  }
  return JSON.stringify({ name: inner["name"], arguments: parsed });
}

/** Content as text: OpenAI's list of text parts joined, structured tool results as JSON. */
function textOf(content: unknown): unknown {
  if (Array.isArray(content) && content.every((part) => isObject(part) && part["type"] === "text")) {
    return content.map((part) => (part as RawObject)["text"]).join("");
  }
  return content;
}
