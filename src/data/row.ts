/**
 * One row of a dataset as a conversation: its shape is recognised, its messages are drafted and checked. Errors
 * name the field, what stands there and what should, because most failed runs are a row like this.
 */
import { fail } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";
import { roles, type Conversation, type Message, type Role } from "../text/message.ts";
import { shapes } from "./shapes/index.ts";
import { asList, isObject, type DraftMessage, type RawObject } from "./shapes/shape.ts";

export interface Row {
  readonly conversation: Conversation;
  /** "train.jsonl:12" */
  readonly origin: string;
  /** Columns that are no part of the conversation (label, channel, rejected_response, ...). */
  readonly extra: RawObject;
}

/**
 * What rows are for: `sft` wants an assistant message at the end, `pt` any text, `infer` a prompt (an assistant
 * message at the end is then the reference, not the prompt).
 */
export type Purpose = "sft" | "pt" | "infer";

export interface RowOptions {
  readonly origin: string;
  readonly purpose: Purpose;
  /** Renames columns first: { from: to }. */
  readonly columns?: Readonly<Record<string, string>>;
}

/** @throws E_DATA_ROW naming the field */
export function readRow(raw: unknown, options: RowOptions): Row {
  const bad = (field: string, what: string, fix: string): never =>
    fail("E_DATA_ROW", { where: field === "" ? options.origin : `${options.origin}: ${field}`, what, fix });
  if (!isObject(raw))
    return bad("", `a row is an object, this one is ${show(raw)}.`, 'Write rows as {"messages": [...]}.');
  const row = rename(raw, options.columns ?? {});
  const shape = shapes.find((candidate) => candidate.matches(row));
  if (shape === undefined) {
    return bad(
      "",
      `no known shape of row has the columns ${Object.keys(row).slice(0, 12).join(", ") || "(none)"}.`,
      "Readable are messages, conversations, instruction/input/output, query/response and their aliases, and text; rename others with --columns.",
    );
  }
  const messages = shape.draft(row).map((draft) => checkMessage(draft, bad));
  checkOrder(messages, options.purpose, bad);
  const tools = readTools(row["tools"], bad);
  const kwargs = row["chat_template_kwargs"];
  if (kwargs !== undefined && !isObject(kwargs)) bad("chat_template_kwargs", `is ${show(kwargs)}.`, "Write an object.");
  const used = new Set([...shape.keys, "tools", "chat_template_kwargs"]);
  return {
    conversation: {
      messages,
      ...(tools === undefined ? {} : { tools }),
      ...(isObject(kwargs) ? { chat_template_kwargs: kwargs } : {}),
    },
    origin: options.origin,
    extra: Object.fromEntries(Object.entries(row).filter(([key]) => !used.has(key))),
  };
}

type Bad = (field: string, what: string, fix: string) => never;

function rename(row: RawObject, columns: Readonly<Record<string, string>>): RawObject {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [Object.hasOwn(columns, key) ? (columns[key] as string) : key, value]),
  );
}

/** Names that people write for roles. */
const roleAliases: Readonly<Record<string, Role>> = {
  human: "user",
  gpt: "assistant",
  bot: "assistant",
  model: "assistant",
  tool: "tool_response",
  function: "tool_response",
  function_call: "tool_call",
  observation: "tool_response",
};

function checkMessage(draft: DraftMessage, bad: Bad): Message {
  const { role, content, field } = draft;
  if (typeof role !== "string" || !(roles as readonly string[]).includes(role)) {
    const near = typeof role === "string" ? (roleAliases[role.toLowerCase()] ?? suggest(role, roles)) : undefined;
    return bad(
      `${field}.role`,
      `the role is ${show(role)}, wants one of ${roles.join(", ")}.`,
      near === undefined ? "Name the role of every message." : `Write "${near}".`,
    );
  }
  const text = isObject(content) || Array.isArray(content) ? structured(role, content, field, bad) : content;
  if (typeof text !== "string") {
    return bad(`${field}.content`, `the content is ${show(text)}, wants a text.`, "Give every message a text.");
  }
  if (text === "" && role === "user")
    return bad(`${field}.content`, "the content is empty.", "Drop the message or fill it.");
  const { loss, loss_scale } = draft;
  if (loss !== undefined && loss !== null && typeof loss !== "boolean") {
    return bad(`${field}.loss`, `loss is ${show(loss)}.`, "Write true or false.");
  }
  if (
    loss_scale !== undefined &&
    loss_scale !== null &&
    (typeof loss_scale !== "number" || !Number.isFinite(loss_scale))
  ) {
    return bad(`${field}.loss_scale`, `loss_scale is ${show(loss_scale)}.`, "Write a number.");
  }
  return {
    role: role as Role,
    content: text,
    ...(typeof loss === "boolean" ? { loss } : {}),
    ...(typeof loss_scale === "number" ? { loss_scale } : {}),
  };
}

/** Calls and results may be written as JSON values instead of JSON texts. */
function structured(role: string, content: unknown, field: string, bad: Bad): string {
  if (role === "tool_call" || role === "tool_response") return JSON.stringify(content);
  return bad(
    `${field}.content`,
    `the content is ${show(content)}; images and other parts are not supported.`,
    "Write the content as one text.",
  );
}

function checkOrder(messages: readonly Message[], purpose: Purpose, bad: Bad): void {
  if (messages.length === 0) bad("messages", "there are no messages.", "Give at least one.");
  const writes = (role: Role): boolean => role === "assistant" || role === "tool_call";
  for (const [i, { role }] of messages.entries()) {
    const before = messages[i - 1]?.role;
    const at = `messages[${i}].role`;
    if (role === "system" && i > 0) bad(at, "a system message stands after others.", "Put the system message first.");
    if (role === "user" && before === "user") {
      bad(at, "two user messages follow each other.", "Join them, or put the assistant's answer between them.");
    }
    if (role === "tool_response" && before !== "tool_call" && before !== "tool_response" && before !== "assistant") {
      bad(
        at,
        `a tool_response follows ${before === undefined ? "nothing" : `a ${before} message`}.`,
        "Put the tool_call before it.",
      );
    }
    if (writes(role) && before === "system")
      bad(at, "an assistant message follows the system message.", "Put a user message between them.");
  }
  const last = messages.at(-1)?.role as Role;
  if (purpose === "sft" && !writes(last)) {
    bad(
      `messages[${messages.length - 1}].role`,
      `the last message is of the ${last}, so there is nothing to learn.`,
      "End the row with an assistant message.",
    );
  }
  if (purpose === "pt" && !messages.some(({ role }) => writes(role))) {
    bad(
      "messages",
      "no message is of the assistant, so there is nothing to learn.",
      'Write {"text": "..."} or an assistant message.',
    );
  }
}

/** Tools as a list, or as the JSON text of one. */
function readTools(value: unknown, bad: Bad): readonly unknown[] | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const list = asList(value);
  return list ?? bad("tools", `tools are ${show(value)}.`, "Write a list of function schemas, or its JSON text.");
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
