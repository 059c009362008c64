/**
 * The standard of ms-swift and OpenAI: `messages` (or `conversation(s)`) of role and content. OpenAI's tool_calls and
 * older function_call, and Anthropic's tool_use and tool_result blocks become tool_call and tool_response messages;
 * thinking among the parts of a content becomes `reasoning_content`. Keys that no message here has go to the template.
 */
import { parseJson } from "../../formats/json-text.ts";
import { pythonJson } from "../../text/tool-call.ts";
import { isParts, readContent } from "./content.ts";
import { extraOf, hasReasoning, lossOf, takeThinking, unreadOfCall } from "./message-keys.ts";
import {
  asList,
  asObject,
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
  const role = named === "tool" || named === "function" ? "tool_response" : named;
  const { content, thinking } = takeThinking(message[contentKey]);
  const contentAt = `${at}.${contentKey}`;
  const isResult = role === "tool_response";
  const { extra: given } = extraOf(message, isResult ? ["name"] : role === "tool_call" ? ["id"] : []);
  const extra = thinking === "" || hasReasoning(given) ? given : { ...given, reasoning_content: thinking };
  const base: DraftMessage = {
    ...lossOf(message),
    role,
    content,
    roleAt: `${at}.${roleKey}`,
    contentAt,
    ...(isResult ? { tool_call_id: message["tool_call_id"], name: message["name"] } : {}),
    ...(role === "tool_call" ? { id: message["id"] ?? message["tool_call_id"] } : {}),
  };
  const first = extra === undefined ? base : { ...base, extra };

  const calls = callsOf(message, role, at);
  if (isProblem(calls)) return calls;
  if (calls.length > 0) {
    const spoken = readContent(content, contentAt);
    if (isProblem(spoken)) return spoken;
    const { text, media } = spoken;
    const silent = text === undefined || text === null || text === "";
    const asCalls = calls.map(({ call, callAt }, i) => draftCall(call, callAt, silent && i === 0 ? first : base));
    return silent ? asCalls : [{ ...first, content: text, media }, ...asCalls];
  }
  if (Array.isArray(content) && content.some(isToolBlock)) return draftBlocks(content, first);
  if ((role === "tool_call" || isResult) && typeof content === "object" && content !== null) {
    // A call or a result may be written as a JSON value instead of its text.
    if (role === "tool_call" || !isParts(content)) return [{ ...first, content: pythonJson(content) }];
  }
  if (role === "assistant" && isParts(content)) {
    const parts = draftParts(content, first);
    if (parts !== undefined) return parts;
  }
  const read = readContent(content, contentAt);
  if (isProblem(read)) return read;
  // What was only thought has no text.
  const text = (read.text === undefined || read.text === null) && hasReasoning(extra) ? "" : read.text;
  return [{ ...first, content: text, media: read.media }];
}

interface CallAt {
  readonly call: unknown;
  readonly callAt: string;
}

/** The calls of a message: OpenAI's `tool_calls`, or its older `function_call`. */
function callsOf(message: RawObject, role: unknown, at: string): readonly CallAt[] | RowProblem {
  const { tool_calls: many, function_call: one } = message;
  const given = (value: unknown): boolean => value !== undefined && value !== null && value !== "";
  const calls = given(many) ? asList(many) : [];
  const key = given(many) ? "tool_calls" : "function_call";
  const call = given(one) ? asObject(one) : undefined;
  const wrong = (what: string, fix: string): RowProblem => ({
    field: `${at}.${key}`,
    reason: `${key} that cannot be read`,
    what,
    fix,
  });
  if (calls === undefined) return wrong(`tool_calls is ${show(many)}, wants a list.`, "Write a list of calls.");
  if (given(one) && call === undefined) {
    return wrong(`function_call is ${show(one)}, wants an object.`, 'Write {"name": ..., "arguments": ...}.');
  }
  if (calls.length + (call === undefined ? 0 : 1) > 0 && role !== "assistant") {
    return wrong(`a message of the role ${show(role)} has calls.`, "Give calls to an assistant message.");
  }
  return [
    ...calls.map((item, i) => ({ call: item, callAt: `${at}.tool_calls[${i}]` })),
    ...(call === undefined ? [] : [{ call, callAt: `${at}.function_call` }]),
  ];
}

/** OpenAI's function call as the JSON text of a tool_call message. */
function draftCall(call: unknown, at: string, base: DraftMessage): DraftMessage {
  const draft = { ...base, role: "tool_call", content: call, contentAt: at };
  if (!isObject(call)) return draft;
  const inner = isObject(call["function"]) ? call["function"] : call;
  const given = inner["arguments"] ?? inner["parameters"] ?? {};
  return {
    ...draft,
    ...lossOf(call),
    content: pythonJson({ name: inner["name"], arguments: typeof given === "string" ? parseOr(given) : given }),
    id: call["id"],
    unread: unreadOfCall(call, inner, at),
  };
}

/** Parts of a reply that are trained or not, each by itself (Axolotl), as messages of one turn. */
function draftParts(parts: readonly RawObject[], base: DraftMessage): readonly DraftMessage[] | RowProblem | undefined {
  if (!parts.some((part) => lossOf(part).lossKey !== undefined)) return undefined;
  const drafts: DraftMessage[] = [];
  for (const [i, part] of parts.entries()) {
    const contentAt = `${base.contentAt}[${i}]`;
    const read = readContent([part], base.contentAt);
    if (isProblem(read)) return read;
    const { extra: _extra, ...bare } = base;
    drafts.push({ ...(i === 0 ? base : bare), ...lossOf(part), content: read.text, media: read.media, contentAt });
  }
  return drafts;
}

function parseOr(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return parseJson(text);
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
    const { extra: _extra, ...bare } = base;
    drafts.push({ ...(drafts.length === 0 ? base : bare), content: read.text, media: read.media });
    return undefined;
  };
  for (const [i, block] of blocks.entries()) {
    if (!isToolBlock(block)) {
      pending.push(block);
      continue;
    }
    const problem = flush();
    if (problem !== undefined) return problem;
    const { type, name, input, id, tool_use_id, content = "" } = block as RawObject;
    const { extra: _extra, ...bare } = base;
    const own = drafts.length === 0 ? base : bare;
    const contentAt = `${base.contentAt}[${i}]`;
    if (type === "tool_use") {
      const text = pythonJson({ name, arguments: input ?? {} });
      drafts.push({ ...own, role: "tool_call", content: text, id, contentAt });
      continue;
    }
    const read = readContent(content, `${contentAt}.content`);
    if (isProblem(read)) return read;
    drafts.push({
      ...bare,
      role: "tool_response",
      content: read.text,
      tool_call_id: tool_use_id,
      media: read.media,
      contentAt,
    });
  }
  return flush() ?? drafts;
}
