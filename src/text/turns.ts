/**
 * From rows to what a chat template takes: roles system, user, assistant and tool, with each assistant turn
 * remembered as the parts it was put together from, so that every part keeps its own loss settings.
 *
 * As in ms-swift: consecutive assistant-type messages are one turn, their texts concatenated; consecutive user
 * messages are one; of consecutive tool_call messages the first one's `loss` and `loss_scale` count; results are
 * never trained on. With an agent template calls and results become text; without one they go to a chat
 * template that handles them itself.
 */
import { fail } from "../base/errors.ts";
import { agentTemplateNames, type AgentTemplate } from "./agent-templates.ts";
import { roles, type Conversation, type Message } from "./message.ts";
import { readCall, type ToolCall } from "./tool-call.ts";

export interface TemplateToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: unknown };
}

/** A message as chat templates see it. */
export interface TemplateMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string | null;
  readonly tool_calls?: readonly TemplateToolCall[];
  readonly tool_call_id?: string;
  readonly name?: string;
}

export interface Part {
  readonly text: string;
  /** Written by the model; false for results that stand inside the assistant's turn. */
  readonly generated: boolean;
  readonly loss: boolean | undefined;
  readonly lossScale: number | undefined;
  /** Comes after the last user message or result. */
  readonly lastRound: boolean;
}

export interface AssistantTurn {
  /** Index in {@link PreparedConversation.messages}. */
  readonly message: number;
  /** Number of the row's message that begins this turn, for errors. */
  readonly row: number;
  readonly parts: readonly Part[];
  /** The user message or result being answered. */
  readonly query: string;
  /** Holds native tool calls, whose text only the chat template knows. */
  readonly native: boolean;
}

export interface PreparedConversation {
  readonly messages: readonly TemplateMessage[];
  readonly turns: readonly AssistantTurn[];
  readonly tools: readonly unknown[] | null;
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** What a chat template can do with tools by itself; found by trying (see tool-support.ts). */
export interface ToolSupport {
  readonly tools: boolean;
  readonly results: boolean;
  /** How `tool_calls` must be given; undefined when the template ignores them. */
  readonly calls: { readonly arguments: "object" | "string"; readonly content: null | "" } | undefined;
}

export interface PrepareOptions {
  readonly agent: AgentTemplate | undefined;
  readonly support: () => ToolSupport;
}

interface Draft {
  role: TemplateMessage["role"];
  content: string;
  /** Only for assistant messages. */
  parts: Part[];
  calls: ToolCall[];
  query: string;
  row: number;
  mergeable: boolean;
  callId?: string;
  name?: string;
}

/** Throws E_TEXT_MESSAGES, E_TEXT_TOOLS. */
export function prepareConversation(conversation: Conversation, options: PrepareOptions): PreparedConversation {
  const { messages } = conversation;
  const { agent } = options;
  check(messages);
  const tools = conversation.tools !== undefined && conversation.tools.length > 0 ? conversation.tools : null;
  const lastUser = messages.findLastIndex((m) => m.role === "user" || m.role === "tool_response");
  const drafts: Draft[] = [];
  let query = "";
  const open = () => (drafts.at(-1)?.role === "assistant" ? drafts.at(-1) : undefined);
  const add = (role: Draft["role"], content: string, row: number): Draft => {
    const draft: Draft = { role, content, parts: [], calls: [], query, row, mergeable: true };
    drafts.push(draft);
    return draft;
  };
  const part = (message: Message, text: string, row: number): Part => ({
    text,
    generated: true,
    loss: message.loss,
    lossScale: message.loss_scale,
    lastRound: row > lastUser,
  });

  for (let row = 0; row < messages.length;) {
    const message = messages[row] as Message;
    const run = runOf(messages, row);
    if (message.role === "system") {
      add("system", message.content, row);
    } else if (message.role === "user") {
      const last = drafts.at(-1);
      query = last?.role === "user" && last.mergeable ? last.content + message.content : message.content;
      if (last?.role === "user" && last.mergeable) last.content = query;
      else add("user", query, row);
    } else if (message.role === "assistant") {
      const before = open();
      const turn = before !== undefined && before.calls.length === 0 ? before : add("assistant", "", row);
      turn.parts.push(part(message, message.content, row));
    } else if (message.role === "tool_call") {
      const calls = run.map((m, i) => readCall(m.content, `message ${row + i + 1}`));
      const first = run.reduce<Message>(
        (settings, m) => ({ ...pick(m), ...pick(settings), role: m.role, content: m.content }),
        message,
      );
      const before = open();
      const turn = before !== undefined && before.calls.length === 0 ? before : add("assistant", "", row);
      if (agent === undefined) {
        turn.calls.push(...calls);
        turn.parts.push(part(first, "", row));
      } else {
        turn.parts.push(part(first, agent.calls(calls), row));
      }
    } else {
      const turn = open();
      if (turn === undefined) {
        fail("E_TEXT_MESSAGES", {
          where: `message ${row + 1}`,
          what: "A tool_response must follow an assistant or tool_call message.",
        });
      }
      const results = run.map((m) => m.content);
      query = results.join("\n");
      if (agent === undefined) {
        results.forEach((content, i) => {
          const draft = add("tool", content, row + i);
          draft.callId = callId(i);
          const name = turn.calls[i]?.name;
          if (name !== undefined) draft.name = name;
        });
      } else {
        observe(agent, turn, results, (text) => {
          add("user", text, row).mergeable = false;
        });
      }
    }
    row += message.role === "tool_call" || message.role === "tool_response" ? run.length : 1;
  }
  return finish(conversation, drafts, tools, options);
}

function observe(agent: AgentTemplate, turn: Draft, results: readonly string[], asUser: (text: string) => void): void {
  const observation = agent.observation(results, turn.parts.map((p) => p.text).join(""));
  if (observation.as === "user") {
    asUser(observation.text);
    return;
  }
  const last = turn.parts.at(-1);
  if (last !== undefined && observation.assistantSuffix !== "") {
    turn.parts[turn.parts.length - 1] = { ...last, text: last.text + observation.assistantSuffix };
  }
  turn.parts.push({
    text: observation.text,
    generated: false,
    loss: undefined,
    lossScale: undefined,
    lastRound: false,
  });
}

function finish(
  conversation: Conversation,
  drafts: Draft[],
  tools: readonly unknown[] | null,
  { agent, support }: PrepareOptions,
): PreparedConversation {
  if (tools !== null && agent !== undefined) {
    const first = drafts[0];
    if (first?.role === "system") first.content = agent.tools(tools, first.content);
    else
      drafts.unshift({
        role: "system",
        content: agent.tools(tools, ""),
        parts: [],
        calls: [],
        query: "",
        row: 0,
        mergeable: false,
      });
  }
  const needsCalls = drafts.some((d) => d.calls.length > 0);
  const needsResults = drafts.some((d) => d.role === "tool");
  const able = agent === undefined && (tools !== null || needsCalls || needsResults) ? support() : undefined;
  const lacks = [
    tools !== null && able !== undefined && !able.tools ? "tools" : "",
    needsCalls && able?.calls === undefined ? "tool calls" : "",
    needsResults && able !== undefined && !able.results ? "tool results" : "",
  ].filter((item) => item !== "");
  if (lacks.length > 0) {
    fail("E_TEXT_TOOLS", {
      what: `The conversation has tools, but the chat template does not write ${lacks.join(", ")}.`,
      fix: `Choose how they are written as text with --agent-template: ${agentTemplateNames.join(", ")}.`,
    });
  }
  const turns: AssistantTurn[] = [];
  const messages = drafts.map((draft, index): TemplateMessage => {
    const base = { role: draft.role, content: draft.content };
    if (draft.role === "tool") {
      return {
        ...base,
        tool_call_id: draft.callId ?? callId(0),
        ...(draft.name !== undefined && { name: draft.name }),
      };
    }
    if (draft.role !== "assistant") return base;
    const native = draft.calls.length > 0;
    turns.push({ message: index, row: draft.row, parts: draft.parts, query: draft.query, native });
    const content = draft.parts.map((p) => p.text).join("");
    if (!native || able?.calls === undefined) return { ...base, content };
    const form = able.calls;
    return {
      role: "assistant",
      content: content === "" ? form.content : content,
      tool_calls: draft.calls.map((call, i) => ({
        id: callId(i),
        type: "function",
        function: {
          name: call.name,
          arguments: form.arguments === "string" ? JSON.stringify(call.arguments) : call.arguments,
        },
      })),
    };
  });
  return {
    messages,
    turns,
    tools: agent === undefined ? tools : null,
    kwargs: conversation.chat_template_kwargs ?? {},
  };
}

/** Nine letters and digits, the form that the strictest published template (Mistral) demands. */
function callId(i: number): string {
  return `call${String(i).padStart(5, "0")}`;
}

function pick(message: Message): { loss?: boolean; loss_scale?: number } {
  return {
    ...(message.loss !== undefined && { loss: message.loss }),
    ...(message.loss_scale !== undefined && { loss_scale: message.loss_scale }),
  };
}

/** The consecutive messages of the same role from `start` on. */
function runOf(messages: readonly Message[], start: number): readonly Message[] {
  let end = start + 1;
  while (messages[end]?.role === messages[start]?.role && end < messages.length) end++;
  return messages.slice(start, end);
}

function check(messages: readonly Message[]): void {
  if (messages.length === 0) fail("E_TEXT_MESSAGES", { what: "The conversation has no messages." });
  messages.forEach((message, i) => {
    const where = `message ${i + 1}`;
    if (!roles.includes(message.role)) {
      fail("E_TEXT_MESSAGES", {
        where,
        what: `Unknown role ${JSON.stringify(message.role)}; known are ${roles.join(", ")}.`,
      });
    }
    if (typeof message.content !== "string") fail("E_TEXT_MESSAGES", { where, what: "The content must be text." });
  });
}
