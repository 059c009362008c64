/**
 * The standard of ms-swift and OpenAI: `messages` (or `conversation(s)`) of role and content. OpenAI's tool_calls
 * and Anthropic's tool_use and tool_result blocks become tool_call and tool_response messages, and OpenAI's
 * `weight` 0 or 1 of a message its `loss`.
 */
import { pythonJson } from "../../text/tool-call.ts";
import { isParts, readContent } from "./content.ts";
import {
  asList,
  isObject,
  isProblem,
  show,
  systemDraft,
  systemKeys,
  type DraftMessage,
  type RawObject,
  type RowProblem,
  type Shape,
} from "./shape.ts";

export const listKeys = ["messages", "conversation", "conversations"] as const;

/** The first column that holds a list with something in it, else the first that is there. */
export function listOf(row: RawObject): readonly [string, readonly unknown[]] | undefined {
  const lists = listKeys.flatMap((key) => {
    const list = asList(row[key]);
    return list === undefined ? [] : [[key, list] as const];
  });
  return lists.find(([, list]) => list.length > 0) ?? lists[0];
}

export const messagesShape: Shape = {
  name: "messages",
  keys: [...listKeys, ...systemKeys],
  matches: (row) => listKeys.some((key) => row[key] !== undefined),
  draft: (row) => {
    const found = listOf(row);
    if (found === undefined) {
      const key = listKeys.find((name) => row[name] !== undefined) ?? "messages";
      const what = `${key} is ${show(row[key])}, wants a list.`;
      return { field: key, reason: "messages are not a list", what, fix: "Write a list of messages." };
    }
    return draftMessages(found[1], found[0], row);
  },
};

/** Messages under their column, with a system message before them from its own column. */
export function draftMessages(
  list: readonly unknown[],
  at: string,
  row: RawObject = {},
): readonly DraftMessage[] | RowProblem {
  const drafts: DraftMessage[] = [];
  for (const [i, message] of list.entries()) {
    const read = draftMessage(message, `${at}[${i}]`);
    if (isProblem(read)) return read;
    drafts.push(...(read as readonly DraftMessage[]));
  }
  return drafts[0]?.role === "system" ? drafts : [...systemDraft(row), ...drafts];
}

/** Names of ShareGPT for who speaks, under its key `from`. */
const speakers: ReadonlyMap<unknown, string> = new Map([
  ["human", "user"],
  ["gpt", "assistant"],
  ["bot", "assistant"],
  ["chatgpt", "assistant"],
  ["model", "assistant"],
  ["function_call", "tool_call"],
  ["function-call", "tool_call"],
  ["function_response", "tool_response"],
  ["function-response", "tool_response"],
  ["observation", "tool_response"],
  ["observations", "tool_response"],
]);

function draftMessage(message: unknown, at: string): readonly DraftMessage[] | RowProblem {
  if (!isObject(message)) {
    const what = `the message is ${show(message)}.`;
    return {
      field: at,
      reason: "message is not an object",
      what,
      fix: 'Write {"role": "user", "content": "..."}.',
    };
  }
  const roleKey = message["role"] === undefined && message["from"] !== undefined ? "from" : "role";
  const contentKey = message["content"] === undefined && message["value"] !== undefined ? "value" : "content";
  const named = roleKey === "from" ? (speakers.get(message["from"]) ?? message["from"]) : message["role"];
  const role = named === "tool" ? "tool_response" : named;
  const content = message[contentKey];
  const { loss = lossOfWeight(message["weight"]), loss_scale } = message;
  const contentAt = `${at}.${contentKey}`;
  const base = { loss, loss_scale, role, roleAt: `${at}.${roleKey}`, contentAt };

  const calls = asList(message["tool_calls"]);
  if (calls !== undefined && calls.length > 0 && role === "assistant") {
    const spoken = readContent(content, contentAt);
    if (isProblem(spoken)) return spoken;
    const { text, media } = spoken;
    const asCalls = calls.map((call, i) => ({
      ...base,
      role: "tool_call",
      content: callText(call),
      contentAt: `${at}.tool_calls[${i}]`,
    }));
    return text === undefined || text === null || text === ""
      ? asCalls
      : [{ ...base, content: text, media }, ...asCalls];
  }
  if (Array.isArray(content) && content.some(isToolBlock)) return draftBlocks(content, { ...base, content });
  if ((role === "tool_call" || role === "tool_response") && typeof content === "object" && content !== null) {
    // A call or a result may be written as a JSON value instead of its text.
    if (role === "tool_call" || !isParts(content)) return [{ ...base, content: pythonJson(content) }];
  }
  const read = readContent(content, contentAt);
  return isProblem(read) ? read : [{ ...base, content: read.text, media: read.media }];
}

function lossOfWeight(weight: unknown): boolean | undefined {
  return weight === 0 || weight === 1 ? weight === 1 : undefined;
}

/** OpenAI's function call as the JSON text of a tool_call message. */
function callText(call: unknown): unknown {
  if (!isObject(call)) return call;
  const inner = isObject(call["function"]) ? call["function"] : call;
  const given = inner["arguments"] ?? {};
  return pythonJson({ name: inner["name"], arguments: typeof given === "string" ? parseOr(given) : given });
}

function parseOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function isToolBlock(block: unknown): boolean {
  return isObject(block) && (block["type"] === "tool_use" || block["type"] === "tool_result");
}

/** Anthropic's blocks: texts between calls and results stay messages of the speaker. */
function draftBlocks(blocks: readonly unknown[], base: DraftMessage): readonly DraftMessage[] | RowProblem {
  const drafts: DraftMessage[] = [];
  let pending: unknown[] = [];
  const flush = (): RowProblem | undefined => {
    if (pending.length === 0) return undefined;
    const read = readContent(pending, base.contentAt);
    pending = [];
    if (isProblem(read)) return read;
    drafts.push({ ...base, content: read.text, media: read.media });
    return undefined;
  };
  for (const [i, block] of blocks.entries()) {
    if (!isToolBlock(block)) {
      pending.push(block);
      continue;
    }
    const problem = flush();
    if (problem !== undefined) return problem;
    const { type, name, input, content = "" } = block as RawObject;
    const contentAt = `${base.contentAt}[${i}]`;
    if (type === "tool_use") {
      const text = pythonJson({ name, arguments: input ?? {} });
      drafts.push({ ...base, role: "tool_call", content: text, contentAt });
      continue;
    }
    const read = readContent(content, `${contentAt}.content`);
    if (isProblem(read)) return read;
    drafts.push({ ...base, role: "tool_response", content: read.text, media: read.media, contentAt });
  }
  return flush() ?? drafts;
}
