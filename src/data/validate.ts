/**
 * Checks of drafted messages: names of roles, contents, loss settings, calls, and who follows whom. The first
 * mistake of a row is told, with the field as the row names it, what stands there, and what to write instead.
 *
 * Order as ms-swift demands it: a system message only at the start, results after a call or an assistant message,
 * the assistant's word at the end of a row for fine-tuning; consecutive assistant messages and calls are one turn.
 * Stricter than ms-swift in two points that are mistakes more often than meant: two user messages in a row are not
 * joined, and an empty message is not trained on.
 */
import { suggest } from "../base/suggest.ts";
import { roles, type Message, type Role } from "../text/message.ts";
import { parseCall } from "../text/tool-call.ts";
import { hasReasoning } from "./shapes/message-keys.ts";
import { isObject, show, type DraftMessage, type Purpose, type RowProblem } from "./shapes/shape.ts";

/** The checked messages, or what is wrong with them. */
export function validateMessages(drafts: readonly DraftMessage[], purpose: Purpose): readonly Message[] | RowProblem {
  const messages: Message[] = [];
  for (const draft of drafts) {
    const message = checkMessage(draft, purpose);
    if ("reason" in message) return message;
    messages.push(message);
  }
  return checkOrder(messages, drafts, purpose) ?? checkResults(messages, drafts) ?? messages;
}

/** Names that people and other systems write for roles. */
const roleNames: ReadonlyMap<string, Role> = new Map([
  ["human", "user"],
  ["customer", "user"],
  ["gpt", "assistant"],
  ["bot", "assistant"],
  ["model", "assistant"],
  ["ai", "assistant"],
  ["chatbot", "assistant"],
  ["chatgpt", "assistant"],
  ["developer", "system"],
  ["function", "tool_response"],
  ["function_response", "tool_response"],
  ["observation", "tool_response"],
  ["function_call", "tool_call"],
  ["tool_calls", "tool_call"],
]);

const isRole = (role: unknown): role is Role => (roles as readonly unknown[]).includes(role);

const writes = (role: Role | undefined): boolean => role === "assistant" || role === "tool_call";

function checkMessage(draft: DraftMessage, purpose: Purpose): Message | RowProblem {
  const { role, content, roleAt, contentAt, loss, loss_scale, lossKey = "loss", extra } = draft;
  if (!isRole(role)) return wrongRole(role, roleAt);
  if (typeof content !== "string") return wrongContent(content, contentAt);
  if (hasLoneSurrogate(content)) return loneSurrogate(contentAt);
  if (content.trim() === "" && purpose !== "infer" && isEmptyWrong(role, loss) && !hasReasoning(extra)) {
    return {
      field: contentAt,
      reason: `empty ${role} message`,
      what: `the content of the ${role} message is empty.`,
      fix: "Fill it, or drop the row.",
    };
  }
  if (role === "tool_call" && parseCall(content) === undefined) {
    return {
      field: contentAt,
      reason: "tool_call that is not JSON with name and arguments",
      what: `the call is ${show(content)}.`,
      fix: 'Write {"name": "...", "arguments": {...}} as JSON text.',
    };
  }
  const given = (value: unknown): boolean => value !== undefined && value !== null;
  if (given(loss) && typeof loss !== "boolean") {
    const wanted = lossKey === "weight" ? "0 or 1" : "true or false";
    return {
      field: settingAt(contentAt, lossKey),
      reason: `${lossKey} is not ${wanted}`,
      what: `${lossKey} is ${show(loss)}, wants ${wanted}.`,
      fix: `Write ${wanted}; a weight between is loss_scale.`,
    };
  }
  if (given(loss_scale) && !(typeof loss_scale === "number" && Number.isFinite(loss_scale) && loss_scale >= 0)) {
    const what = `loss_scale is ${show(loss_scale)}, wants a number from 0.`;
    return {
      field: settingAt(contentAt, "loss_scale"),
      reason: "loss_scale is not a number from 0",
      what,
      fix: "Write a number.",
    };
  }
  return {
    role,
    content,
    ...(typeof loss === "boolean" ? { loss } : {}),
    ...(typeof loss_scale === "number" ? { loss_scale } : {}),
    ...texts(draft, role),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** What pairs calls and results. */
function texts({ id, tool_call_id, name }: DraftMessage, role: Role): Partial<Message> {
  const text = (key: string, value: unknown): Partial<Message> =>
    value === undefined || value === null || value === "" ? {} : { [key]: String(value) };
  if (role === "tool_call") return text("id", id);
  return role === "tool_response" ? { ...text("tool_call_id", tool_call_id), ...text("name", name) } : {};
}

/** A result that names a call that was not made before it: by place it would be paired with another. */
function checkResults(messages: readonly Message[], drafts: readonly DraftMessage[]): RowProblem | undefined {
  let calls: Message[] = [];
  for (const [i, message] of messages.entries()) {
    if (message.role === "tool_call") {
      if (messages[i - 1]?.role !== "tool_call") calls = [];
      calls.push(message);
    } else if (message.role === "user" || message.role === "system") calls = [];
    const wanted = message.tool_call_id;
    if (wanted === undefined || !calls.some(({ id }) => id !== undefined)) continue;
    if (calls.some(({ id }) => id === wanted)) continue;
    return {
      field: settingAt(drafts[i]?.contentAt ?? "", "tool_call_id"),
      reason: "a result of no call",
      what: `tool_call_id is ${show(wanted)}, and the calls before are ${calls.map(({ id }) => show(id)).join(", ")}.`,
      fix: "Name the call that it answers.",
    };
  }
  return undefined;
}

/** `messages[1].content` to `messages[1].loss`. */
function settingAt(contentAt: string, name: string): string {
  return `${contentAt.replace(/\.[^.[\]]+$/, "")}.${name}`;
}

/** A tool may return nothing, a system message may say nothing, and what is not trained may be empty. */
function isEmptyWrong(role: Role, loss: unknown): boolean {
  return role === "user" || (role === "assistant" && loss !== false);
}

function wrongRole(role: unknown, field: string): RowProblem {
  const name = typeof role === "string" ? role.toLowerCase().replaceAll("-", "_") : undefined;
  const near = name === undefined ? undefined : (roleNames.get(name) ?? suggest(name, roles));
  return {
    field,
    reason: role === undefined || role === null ? "message without a role" : "unknown role",
    what: `the role is ${show(role)}, wants one of ${roles.join(", ")}.`,
    fix: near === undefined ? "Name the role of every message." : `Write "${near}".`,
  };
}

function wrongContent(content: unknown, field: string): RowProblem {
  if (content === undefined || content === null) {
    const what = "the content is missing.";
    return { field, reason: "message without content", what, fix: "Give every message a text." };
  }
  const fix = typeof content === "number" ? `Write "${content}".` : "Write the content as one text.";
  const what = `the content is ${show(content)}, wants a text.`;
  return { field, reason: `content is ${kindOf(content)} and not a text`, what, fix };
}

/** Whether half of a character is somewhere in a text. */
export const hasLoneSurrogate = (text: string): boolean => /\p{Surrogate}/u.test(text);

/** No bytes stand for half of a character: a tokenizer would read another one in its place. */
export function loneSurrogate(field: string): RowProblem {
  return {
    field,
    reason: "half of a character (a lone surrogate)",
    what: "the text holds half of a character, as texts have that were cut or escaped wrongly (\\ud83d alone).",
    fix: "Take it out, or put the other half there.",
  };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "an object" : `a ${typeof value}`;
}

function checkOrder(
  messages: readonly Message[],
  drafts: readonly DraftMessage[],
  purpose: Purpose,
): RowProblem | undefined {
  if (messages.length === 0) {
    const what = "there are no messages.";
    return { field: "messages", reason: "no messages", what, fix: "Give at least one." };
  }
  for (const [i, { role }] of messages.entries()) {
    const mistake = followMistake(role, messages[i - 1]?.role, i);
    if (mistake !== undefined) return { field: drafts[i]?.roleAt ?? "", ...mistake };
  }
  const last = messages.at(-1)?.role;
  if (purpose === "sft" && !writes(last)) {
    return {
      field: drafts.at(-1)?.roleAt ?? "messages",
      reason: "no response at the end",
      what: `the last message is of the role ${last}, so that nothing answers it.`,
      fix: "End the row with an assistant message.",
    };
  }
  if (purpose === "pt" && !messages.some(({ role }) => writes(role))) {
    return {
      field: "messages",
      reason: "no assistant message",
      what: "no message is of the assistant, so there is nothing to learn.",
      fix: 'Write {"text": "..."} or an assistant message.',
    };
  }
  return undefined;
}

function followMistake(role: Role, before: Role | undefined, i: number): Omit<RowProblem, "field"> | undefined {
  if (role === "system" && i > 0) {
    const what = "a system message stands after others.";
    return { reason: "system message not at the start", what, fix: "Put the system message first." };
  }
  if (role === "user" && before === "user") {
    const what = "two user messages follow each other.";
    const fix = "Join them, or put the assistant's answer between them.";
    return { reason: "two user messages in a row", what, fix };
  }
  if (role === "tool_response" && !writes(before) && before !== "tool_response") {
    const what = `a tool_response follows ${before === undefined ? "nothing" : `a ${before} message`}.`;
    return { reason: "tool_response without a tool_call", what, fix: "Put the tool_call before it." };
  }
  if (writes(role) && before === "system") {
    const what = `${role === "assistant" ? "an assistant" : "a tool_call"} message follows the system message.`;
    return { reason: "no user message before the assistant's", what, fix: "Put a user message between them." };
  }
  return undefined;
}
