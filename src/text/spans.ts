/**
 * Rendering a conversation and finding, to the character, what the model is to write in each assistant turn.
 *
 * A turn's span begins where the generation prompt ends and ends after the end-of-turn token. It is found by the
 * first of these ways that can be verified; nothing is guessed:
 *
 * 1. `{% generation %}` blocks of the template, marked while rendering. They are taken as the template's author
 *    drew them, end-of-turn token in or out.
 * 2. Marks around the assistant's content, inside or outside its outer whitespace (templates may trim). They
 *    count only if the render without the marks equals the render of the plain conversation.
 * 3. Per turn, the content replaced by one mark: what comes before and after it must be how the plain render
 *    begins and ends. Works for templates that cut pieces (reasoning) out of the content, and for tool calls.
 * 4. Per turn, the render of the messages up to it, with the generation prompt (or what came before the mark in 3),
 *    and the render through it: both must be how the plain render begins.
 */
import { fail, isTunesmithError } from "../base/errors.ts";
import { marks, refuseMarks, type ChatTemplate, type RenderOptions } from "./chat-template.ts";
import type { AssistantTurn, Part, PreparedConversation, TemplateMessage } from "./turns.ts";

export interface RenderedPart extends Part {
  readonly start: number;
  readonly end: number;
}

/** Offsets are UTF-16 positions in {@link Rendered.text}. */
export interface RenderedTurn {
  readonly turn: AssistantTurn;
  /** Where the model begins to write. */
  readonly start: number;
  /** Where the end-of-turn text begins. */
  readonly contentEnd: number;
  /** After the end-of-turn text; equals `contentEnd` when there is none. */
  readonly end: number;
  /** The parts, without gaps, from `start` to `contentEnd`. */
  readonly parts: readonly RenderedPart[];
}

export interface Rendered {
  readonly text: string;
  readonly turns: readonly RenderedTurn[];
}

interface Bounds {
  readonly start: number;
  readonly contentEnd: number;
  readonly end: number;
}

/** Throws E_TEXT_TEMPLATE_SPANS, naming the message, when no way is certain. */
export function renderConversation(
  template: ChatTemplate,
  conversation: PreparedConversation,
  addGenerationPrompt = false,
): Rendered {
  refuseMarks([conversation.messages, conversation.tools, conversation.kwargs]);
  const options: RenderOptions = { tools: conversation.tools, kwargs: conversation.kwargs, addGenerationPrompt };
  const context: Context = {
    template,
    messages: conversation.messages,
    options,
    text: template.render(conversation.messages, options),
  };
  const { turns } = conversation;
  const bounds = byTags(context, turns) ?? byContent(context, turns);
  let last = 0;
  const rendered = turns.map((turn, i): RenderedTurn => {
    const found = bounds[i] ?? byProbe(context, turn) ?? byPrefix(context, turn);
    if (found === undefined || found.start < last || found.contentEnd < found.start) {
      return fail("E_TEXT_TEMPLATE_SPANS", {
        where: `message ${turn.row + 1}`,
        what: "The chat template rewrites this assistant message so that the trained text cannot be located for certain.",
      });
    }
    last = found.end;
    return { turn, ...found, parts: locate(context.text, turn, found) };
  });
  return { text: context.text, turns: rendered };
}

interface Context {
  readonly template: ChatTemplate;
  readonly messages: readonly TemplateMessage[];
  readonly options: RenderOptions;
  readonly text: string;
}

/** Way 1. Undefined when there are no blocks, or not one for each turn. */
function byTags({ template, messages, options, text }: Context, turns: readonly AssistantTurn[]): Bounds[] | undefined {
  const marked = template.renderMarked?.(messages, options);
  if (marked === undefined) return undefined;
  const found = strip(marked, marks.open, marks.close);
  if (found === undefined || found.text !== text || found.pairs.length !== turns.length) return undefined;
  return found.pairs.map(([start, end]) => {
    const span = text.slice(start, end);
    const stop = template.stop.text;
    const at = stop === "" ? -1 : span.lastIndexOf(stop);
    const closes = at >= 0 && span.slice(at + stop.length).trim() === "";
    return { start, contentEnd: closes ? start + at : end, end };
  });
}

/** Way 2, for all turns at once; entries are undefined for turns with native tool calls, or all when it fails. */
function byContent(context: Context, turns: readonly AssistantTurn[]): (Bounds | undefined)[] {
  const { template, messages, options, text } = context;
  const plain = turns.filter((turn) => !turn.native);
  if (plain.length === 0) return [];
  for (const outside of [false, true]) {
    const marked = tryRender(
      template,
      withContent(messages, plain, (content) => wrap(content, outside)),
      options,
    );
    const found = marked === undefined ? undefined : strip(marked, marks.contentOpen, marks.contentClose);
    if (found === undefined || found.text !== text || found.pairs.length !== plain.length) continue;
    const byTurn = new Map(plain.map((turn, i) => [turn, found.pairs[i]]));
    return turns.map((turn) => {
      const pair = byTurn.get(turn);
      if (pair === undefined) return undefined;
      const [from, to] = pair;
      const trailing = outside ? (/\s*$/.exec(messages[turn.message]?.content ?? "")?.[0] ?? "") : "";
      const kept = trailing !== "" && text.startsWith(trailing + template.stop.text, to) ? trailing.length : 0;
      return closed(context, promptEnd(context, turn, from), to + kept);
    });
  }
  return [];
}

/** What comes before and after a turn's content when it is replaced by one mark. */
function around(
  context: Context,
  turn: AssistantTurn,
): { readonly before: string; readonly after: string } | undefined {
  const { template, messages, options } = context;
  const replaced = messages.map((m, i) => (i === turn.message ? { role: m.role, content: marks.contentOpen } : m));
  const whole = tryRender(template, replaced, options);
  const at = whole?.indexOf(marks.contentOpen) ?? -1;
  if (whole === undefined || at < 0) return undefined;
  return { before: whole.slice(0, at), after: whole.slice(at + marks.contentOpen.length) };
}

/** Way 3. */
function byProbe(context: Context, turn: AssistantTurn): Bounds | undefined {
  const { text } = context;
  const after = around(context, turn)?.after;
  const start = startOf(context, turn);
  if (after === undefined || start === undefined || !text.endsWith(after)) return undefined;
  const contentEnd = text.length - after.length;
  return contentEnd < start ? undefined : closed(context, start, contentEnd);
}

/** Way 4. */
function byPrefix(context: Context, turn: AssistantTurn): Bounds | undefined {
  const { template, messages, options, text } = context;
  const start = startOf(context, turn);
  const through = tryRender(template, messages.slice(0, turn.message + 1), { ...options, addGenerationPrompt: false });
  if (start === undefined || through === undefined || !text.startsWith(through) || through.length < start)
    return undefined;
  const written = text.slice(start, through.length).trimEnd();
  const stop = [template.stop.text.trim(), ...template.otherStops].find(
    (item) => item !== "" && written.endsWith(item),
  );
  const end = start + written.length;
  return { start, contentEnd: end - (stop?.length ?? 0), end };
}

function startOf(context: Context, turn: AssistantTurn): number | undefined {
  const prompt = promptOf(context, turn);
  if (prompt !== undefined) return prompt;
  const before = around(context, turn)?.before;
  return before !== undefined && context.text.startsWith(before) ? before.length : undefined;
}

/** The length of the render of everything before a turn, with generation prompt, if the plain render begins with it. */
function promptOf({ template, messages, options, text }: Context, turn: AssistantTurn): number | undefined {
  const before = messages.slice(0, turn.message);
  const prompt = tryRender(template, before, { ...options, addGenerationPrompt: true });
  if (prompt === undefined || !text.startsWith(prompt)) return undefined;
  if (prompt !== tryRender(template, before, { ...options, addGenerationPrompt: false })) return prompt.length;
  // No generation prompt: either the template needs none, or it ignores the request and a header follows.
  const header = template.generationPrompt;
  return header === "" && template.stop.text !== "" ? prompt.length : undefined;
}

/** Where the model begins to write, given where the content begins. */
function promptEnd(context: Context, turn: AssistantTurn, contentStart: number): number {
  const { template, text } = context;
  const header = template.generationPrompt;
  if (header !== "" && text.slice(0, contentStart).endsWith(header)) return contentStart;
  const prompt = promptOf(context, turn);
  if (prompt === undefined || prompt > contentStart) return contentStart;
  // Without a generation prompt of its own, a template may write a header here that the model must not learn.
  if (header === "" && text.slice(prompt, contentStart).trim() !== "") return contentStart;
  return prompt;
}

/** Adds the end-of-turn text that follows. */
function closed({ template, text }: Context, start: number, contentEnd: number): Bounds {
  const { stop, otherStops } = template;
  if (stop.text !== "" && text.startsWith(stop.text, contentEnd)) {
    return { start, contentEnd, end: contentEnd + stop.text.length };
  }
  const other = otherStops.find((item) => text.startsWith(item, contentEnd));
  return { start, contentEnd, end: contentEnd + (other?.length ?? 0) };
}

/** Splits a turn's text at its parts; the first and the last take what the template adds or trims at the ends. */
function locate(text: string, turn: AssistantTurn, { start, contentEnd }: Bounds): RenderedPart[] {
  const { parts } = turn;
  const first = parts[0];
  if (first === undefined) return [];
  const alike = parts.every((p) => p.generated && p.loss === first.loss && p.lossScale === first.lossScale);
  if (parts.length === 1 || (turn.native && alike)) {
    return [{ ...first, text: text.slice(start, contentEnd), start, end: contentEnd }];
  }
  const joined = parts.map((p) => p.text).join("");
  const core = joined.trim();
  const at = turn.native ? -1 : text.slice(start, contentEnd).lastIndexOf(core);
  if (at < 0) {
    return fail("E_TEXT_TEMPLATE_SPANS", {
      where: `message ${turn.row + 1}`,
      what: turn.native
        ? "These messages become one turn of the chat template, but their loss settings differ."
        : "The chat template changes this turn, so the texts it was put together from cannot be told apart.",
      ...(turn.native && {
        fix: "Give them the same loss and loss_scale, or write calls as text with --agent-template.",
      }),
    });
  }
  const origin = start + at - (joined.length - joined.trimStart().length);
  let position = origin;
  return parts.map((part, i) => {
    const from = i === 0 ? start : clamp(position, start, contentEnd);
    position += part.text.length;
    const to = i === parts.length - 1 ? contentEnd : clamp(position, start, contentEnd);
    return { ...part, text: text.slice(from, to), start: from, end: to };
  });
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function wrap(content: string, outside: boolean): string {
  if (!outside) return marks.contentOpen + content + marks.contentClose;
  const core = content.trim();
  const lead = content.slice(0, content.length - content.trimStart().length);
  return (
    lead + marks.contentOpen + core + marks.contentClose + (core === "" ? "" : content.slice(lead.length + core.length))
  );
}

function withContent(
  messages: readonly TemplateMessage[],
  turns: readonly AssistantTurn[],
  change: (content: string) => string,
): TemplateMessage[] {
  const chosen = new Set(turns.map((turn) => turn.message));
  return messages.map((m, i) => (chosen.has(i) ? { ...m, content: change(m.content ?? "") } : m));
}

/** Takes marks out; undefined unless they come in closed pairs, one after the other. */
function strip(marked: string, open: string, close: string): { text: string; pairs: [number, number][] } | undefined {
  const pairs: [number, number][] = [];
  let text = "";
  let from: number | undefined;
  for (const piece of marked.split(new RegExp(`(${open}|${close})`, "u"))) {
    if (piece === open) {
      if (from !== undefined) return undefined;
      from = text.length;
    } else if (piece === close) {
      if (from === undefined) return undefined;
      pairs.push([from, text.length]);
      from = undefined;
    } else {
      text += piece;
    }
  }
  return from === undefined ? { text, pairs } : undefined;
}

/** A template may refuse a conversation that is cut short; that is an answer, not an error. */
function tryRender(
  template: ChatTemplate,
  messages: readonly TemplateMessage[],
  options: RenderOptions,
): string | undefined {
  try {
    return template.render(messages, options);
  } catch (error) {
    if (isTunesmithError(error, "E_TEXT_TEMPLATE_RENDER")) return undefined;
    throw error;
  }
}
