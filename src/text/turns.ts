/**
 * From rows to what a chat template takes: roles system, user, assistant and tool, with each assistant turn
 * remembered as the parts it was put together from, so that every part keeps its own loss settings.
 *
 * As in ms-swift: consecutive assistant-type messages are one turn, their texts concatenated; consecutive user
 * messages are one; a tool_call without `loss` and `loss_scale` has those of the first of its turn; results are never
 * trained on, and belong to the call whose id they name. With an agent template calls and results become text; without one they go to a chat
 * template that handles them itself.
 */
import { fail } from "../base/errors.ts";
import { writeJson } from "../formats/json-text.ts";
import { agentTemplateNames, type AgentTemplate } from "./agent-templates.ts";
import { namedFor } from "./message-extra.ts";
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
  /** Whether calls may have ids of any form; else nine letters and digits (Mistral). */
  readonly anyId: boolean;
  readonly tools: boolean;
  readonly results: boolean;
  /** How `tool_calls` must be given; undefined when the template ignores them. */
  readonly calls: { readonly arguments: "object" | "string"; readonly content: null | "" } | undefined;
  /** What the template said when it failed on a probe. */
  readonly failures?: readonly string[];
}

export interface PrepareOptions {
  readonly agent: AgentTemplate | undefined;
  readonly support: () => ToolSupport;
  /** Whether the template reads a key of messages. */
  readonly reads: (key: string) => boolean;
}

interface Draft {
  role: TemplateMessage["role"];
  content: string;
  /** Only for assistant messages. */
  parts: Part[];
  /** Handed to the template. */
  calls: ToolCall[];
  /** The calls that results answer, also where they are text. */
  asked: readonly ToolCall[];
  query: string;
  row: number;
  mergeable: boolean;
  /** Keys for the template. */
  extra: Readonly<Record<string, unknown>>;
  /** Of results: the call, as it stands in its turn, and its own id and name. */
  answers?: number;
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
    const draft: Draft = { role, content, parts: [], calls: [], asked: [], query, row, mergeable: true, extra: {} };
    drafts.push(draft);
    return draft;
  };
  // Messages that say different things of one kind (their reasoning) are messages of their own, as in the row.
  const joins = (draft: Draft | undefined, extra: Message["extra"] = {}): draft is Draft =>
    draft !== undefined && Object.keys(extra).every((key) => draft.extra[key] === undefined);
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
      add("system", message.content, row).extra = message.extra ?? {};
    } else if (message.role === "user") {
      const last = drafts.at(-1);
      const same = last?.role === "user" && last.mergeable && joins(last, message.extra);
      query = same ? last.content + message.content : message.content;
      const draft = same ? last : add("user", query, row);
      draft.content = query;
      draft.extra = { ...draft.extra, ...message.extra };
    } else if (message.role === "assistant") {
      const before = open();
      const turn = before?.calls.length === 0 && joins(before, message.extra) ? before : add("assistant", "", row);
      turn.extra = { ...turn.extra, ...message.extra };
      turn.parts.push(part(message, message.content, row));
    } else if (message.role === "tool_call") {
      const calls = run.map((m, i): ToolCall => {
        const call = readCall(m.content, `message ${row + i + 1}`);
        return m.id === undefined ? call : { ...call, id: m.id };
      });
      // A call without settings of its own has those of the first that has some, as in ms-swift.
      const shared = Object.assign({}, ...run.map(pick).toReversed()) as ReturnType<typeof pick>;
      const settings = run.map((m): Message => ({ ...m, ...shared, ...pick(m) }));
      const extra = Object.assign({}, ...run.map((m) => m.extra ?? {})) as Draft["extra"];
      const before = open();
      const turn = before?.calls.length === 0 && joins(before, extra) ? before : add("assistant", "", row);
      turn.extra = { ...turn.extra, ...extra };
      turn.asked = calls;
      if (agent === undefined) turn.calls.push(...calls);
      const texts = agent === undefined ? calls.map(() => "") : callTexts(agent, calls, settings);
      texts.forEach((text, i) => turn.parts.push(part(settings[i] as Message, text, row)));
    } else {
      const turn = open();
      if (turn === undefined) {
        fail("E_TEXT_MESSAGES", {
          where: `message ${row + 1}`,
          what: "A tool_response must follow an assistant or tool_call message.",
        });
      }
      const answers = pairResults(run, turn.asked);
      // Formats without ids tell results apart by their order: that of the calls.
      const order = run.map((_, i) => i).sort((a, b) => (answers[a] as number) - (answers[b] as number));
      const results = (agent === undefined ? run : order.map((i) => run[i] as Message)).map((m) => m.content);
      query = results.join("\n");
      if (agent === undefined) {
        run.forEach((result, i) => {
          const draft = add("tool", result.content, row + i);
          draft.extra = result.extra ?? {};
          draft.answers = answers[i] as number;
          const call = turn.asked[draft.answers];
          const [id, name] = [result.tool_call_id ?? call?.id, result.name ?? call?.name];
          if (id !== undefined) draft.callId = id;
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
  { agent, support, reads }: PrepareOptions,
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
        asked: [],
        query: "",
        row: 0,
        mergeable: false,
        extra: {},
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
      what:
        able?.failures === undefined || able.failures.length === 0
          ? `The conversation has tools, but the chat template does not write ${lacks.join(", ")}.`
          : `The conversation has ${lacks.join(", ")}, on which the chat template fails: ${able.failures.join(" ")}`,
      fix: `Choose how they are written as text with --agent-template: ${agentTemplateNames.join(", ")}.`,
    });
  }
  const turns: AssistantTurn[] = [];
  const messages = drafts.map((draft, index): TemplateMessage => {
    const base = { role: draft.role, content: draft.content, ...namedFor(draft.extra, reads) };
    const idOf = (own: string | undefined, place: number): string =>
      own !== undefined && able?.anyId === true ? own : callId(place);
    if (draft.role === "tool") {
      return {
        ...base,
        tool_call_id: idOf(draft.callId, draft.answers ?? 0),
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
      ...base,
      content: content === "" ? form.content : content,
      tool_calls: draft.calls.map((call, i) => ({
        id: idOf(call.id, i),
        type: "function",
        function: {
          name: call.name,
          arguments: form.arguments === "string" ? writeJson(call.arguments) : call.arguments,
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

/**
 * The text of each call, so that each keeps its own loss: all in one where they are alike. A call's text ends where
 * the text of the calls up to it and that of all of them part.
 */
function callTexts(agent: AgentTemplate, calls: readonly ToolCall[], settings: readonly Message[]): readonly string[] {
  const whole = agent.calls(calls);
  const [first] = settings;
  const alike = settings.every((one) => one.loss === first?.loss && one.loss_scale === first?.loss_scale);
  if (alike) return [whole];
  const ends = calls.map((_, i) => {
    if (i === calls.length - 1) return whole.length;
    const text = agent.calls(calls.slice(0, i + 1));
    let end = 0;
    while (end < text.length && text[end] === whole[end]) end++;
    return end;
  });
  return ends.map((end, i) => whole.slice(ends[i - 1] ?? 0, end));
}

/** Which call each result answers: by id, by the name of one function, else the first that nothing answers yet. */
function pairResults(results: readonly Message[], calls: readonly ToolCall[]): readonly number[] {
  const taken = new Set<number>();
  const found = results.map(({ tool_call_id: id, name }): number | undefined => {
    const byId = id === undefined ? -1 : calls.findIndex((call) => call.id === id);
    const named = calls.flatMap((call, i) => (call.name === name ? [i] : []));
    const at = byId >= 0 ? byId : named.length === 1 ? (named[0] as number) : -1;
    if (at < 0 || (byId < 0 && taken.has(at))) return undefined;
    taken.add(at);
    return at;
  });
  return found.map((at) => {
    if (at !== undefined) return at;
    let next = 0;
    while (taken.has(next)) next++;
    taken.add(next);
    return next;
  });
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
