/**
 * Conversations to token ids, labels and weights; and prompts to token ids, by the same steps.
 *
 * Where texts are cut before tokenising. The rendered conversation is tokenised in segments: what comes before an
 * assistant turn, what the model writes in it (end-of-turn token included), results standing inside it, and so on.
 * A prompt at inference is tokenised with the very same cuts, so its ids are the ids training saw before the first
 * trained token, whatever the merges at the border would have been. (Tokenising everything at once would join, say,
 * a header's newline with a reply's; ms-swift and TRL's prompt-completion form cut here too.)
 *
 * A tokenizer that puts a space before every text (Llama 2) does so for every segment, in training and in prompts.
 *
 * Within a segment nothing is cut: weights that change inside a reply (loss_scale) are laid over the ids it has
 * anyway. A token belongs to the piece in which tokenising the text up to the piece's start would put it. ms-swift
 * cuts at every change of weight, which trains ids the model would not write itself.
 *
 * Special tokens are what the chat template writes; none is added. Without a template (`pt`, or rows of assistant
 * text alone): bos if the checkpoint asks for it, the text, eos.
 */
import { fail } from "../base/errors.ts";
import type { AgentTemplate } from "./agent-templates.ts";
import type { ChatTemplate } from "./chat-template.ts";
import { isTrained, partWeights, type LossScale, type WeightedText } from "./loss-scale.ts";
import { IGNORE, type Conversation, type Message } from "./message.ts";
import { renderConversation, type Rendered, type RenderedTurn } from "./spans.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { truncate, type Dropped, type Truncation } from "./truncate.ts";
import { prepareConversation, type Part, type PreparedConversation } from "./turns.ts";

export interface EncodedSample {
  readonly ids: readonly number[];
  /** Aligned with ids: the id itself where trained, else -100. Not shifted. The first is never trained. */
  readonly labels: readonly number[];
  /** Aligned with ids; only present when some weight is neither 0 nor 1. */
  readonly weights?: readonly number[];
}

export interface EncodeOptions {
  readonly tokenizer: Tokenizer;
  /** Not needed when `useChatTemplate` is false. */
  readonly template?: ChatTemplate;
  /** Default true; false joins the texts as they are, for pretraining. */
  readonly useChatTemplate?: boolean;
  /** Writes tools as text; without it they go to the chat template. */
  readonly agent?: AgentTemplate;
}

export interface EncodeSampleOptions extends EncodeOptions {
  readonly lossScale: LossScale;
  /** In tokens; no limit when absent. */
  readonly maxLength?: number;
  /** What happens to longer samples. Default "delete". */
  readonly truncation?: Truncation;
}

/** Ids with weights, before labels: what {@link encodeConversation} and the checks share. */
export interface Tokenized {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
  /** For each stretch that the model writes, the index of its first token. */
  readonly starts: readonly number[];
}

/**
 * Encodes one row. Returns {@link Dropped} when it does not fit and the strategy is "delete", or when cutting left
 * nothing to train. Throws E_TEXT_TOO_LONG with strategy "raise", and what the template and its parts throw.
 */
export function encodeConversation(conversation: Conversation, options: EncodeSampleOptions): EncodedSample | Dropped {
  const { ids, weights } = tokenizeConversation(conversation, options);
  const sample = toSample(ids, weights);
  return options.maxLength === undefined ? sample : truncate(sample, options.maxLength, options.truncation ?? "delete");
}

/** The ids a model continues: the conversation so far and the generation prompt. Throws as {@link encodeConversation}. */
export function encodePrompt(conversation: Conversation, options: EncodeOptions): number[] {
  const { tokenizer } = options;
  if (options.useChatTemplate === false) {
    const front = frontIds(tokenizer);
    return [...front, ...runs(conversation.messages).flatMap((run) => tokenizer.encode(run.text))];
  }
  const prepared = prepare(conversation, options);
  const last = prepared.turns.at(-1);
  const going = last !== undefined && last.message === prepared.messages.length - 1;
  if (!going) {
    return [...tokenizeRendered(renderConversation(needTemplate(options), prepared, true), tokenizer).ids];
  }
  if (last.parts.at(-1)?.generated === true) {
    fail("E_TEXT_MESSAGES", {
      where: `message ${conversation.messages.length}`,
      what: "A prompt must end with a user message or a result, not with an assistant message.",
    });
  }
  // A result inside the assistant's turn: the model goes on in the same turn, after it.
  const rendered = renderConversation(needTemplate(options), prepared, false);
  const open = rendered.turns.at(-1) as RenderedTurn;
  const turns = [...rendered.turns.slice(0, -1), { ...open, end: open.contentEnd }];
  return [...tokenizeRendered({ text: rendered.text.slice(0, open.contentEnd), turns }, tokenizer).ids];
}

/** The text a row is rendered to, with its assistant turns located. */
export function renderRow(conversation: Conversation, options: EncodeOptions): Rendered {
  return renderConversation(needTemplate(options), prepare(conversation, options));
}

export function tokenizeConversation(
  conversation: Conversation,
  options: EncodeOptions & { readonly lossScale: LossScale },
): Tokenized {
  if (isPlain(conversation, options)) return tokenizePlain(conversation.messages, options);
  return tokenizeRendered(renderRow(conversation, options), options.tokenizer, options.lossScale);
}

/** Whether a row is trained as text alone: asked for, or there is nothing but assistant text. */
export function isPlain({ messages }: Conversation, { useChatTemplate }: EncodeOptions): boolean {
  return useChatTemplate === false || (messages.length === 1 && messages[0]?.role === "assistant");
}

function prepare(conversation: Conversation, options: EncodeOptions): PreparedConversation {
  return prepareConversation(conversation, {
    agent: options.agent,
    support: () => needTemplate(options).toolSupport(),
  });
}

function needTemplate({ template }: EncodeOptions): ChatTemplate {
  return (
    template ?? fail("E_TEXT_TEMPLATE_NAME", { what: "A conversation needs a chat template, and none was given." })
  );
}

function tokenizeRendered({ text, turns }: Rendered, tokenizer: Tokenizer, scale?: LossScale): Tokenized {
  const ids: number[] = [];
  const weights: number[] = [];
  const starts: number[] = [];
  const add = (pieces: readonly WeightedText[]) => {
    const segment = weigh(pieces, tokenizer);
    for (const id of segment.ids) ids.push(id);
    for (const weight of segment.weights) weights.push(weight);
  };
  const outside = scale?.base === "all" ? 1 : 0;
  let position = 0;
  for (const turn of turns) {
    add([{ text: text.slice(position, turn.start), weight: outside }]);
    for (const segment of segments(turn, text, scale)) {
      if (segment.generated) starts.push(ids.length);
      add(segment.pieces);
    }
    position = turn.end;
  }
  add([{ text: text.slice(position), weight: outside }]);
  return { ids, weights, starts };
}

interface Segment {
  readonly generated: boolean;
  readonly pieces: WeightedText[];
}

/** A turn as alternating stretches written by the model and by others; the last one takes the end-of-turn text. */
function segments(
  { turn, parts, contentEnd, end }: RenderedTurn,
  text: string,
  scale: LossScale | undefined,
): Segment[] {
  const found: Segment[] = [];
  for (const part of parts) {
    const pieces =
      scale === undefined ? [{ text: part.text, weight: 0 }] : partWeights(scale, part, part.text, turn.query);
    const before = found.at(-1);
    if (before?.generated === part.generated) before.pieces.push(...pieces);
    else found.push({ generated: part.generated, pieces });
  }
  const last = parts.at(-1);
  const stop = { text: text.slice(contentEnd, end), weight: last !== undefined && stopIsTrained(last, scale) ? 1 : 0 };
  found.at(-1)?.pieces.push(stop);
  return found;
}

function stopIsTrained(last: Part, scale: LossScale | undefined): boolean {
  return scale !== undefined && isTrained(scale, last) && last.lossScale !== 0;
}

/** Tokenises the joined pieces at once and gives every token the weight of its piece. */
function weigh(pieces: readonly WeightedText[], tokenizer: Tokenizer): { ids: number[]; weights: number[] } {
  const text = pieces.map((piece) => piece.text).join("");
  const ids = tokenizer.encode(text);
  const weights: number[] = [];
  let characters = 0;
  let previous = 0;
  pieces.forEach((piece, i) => {
    characters += piece.text.length;
    const next = pieces[i + 1];
    if (next?.weight === piece.weight) return;
    const until =
      next === undefined
        ? ids.length
        : Math.max(previous, sharedPrefix(tokenizer.encode(text.slice(0, characters)), ids));
    for (let at = previous; at < until; at++) weights.push(piece.weight);
    previous = until;
  });
  return { ids, weights };
}

function sharedPrefix(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function frontIds(tokenizer: Tokenizer): number[] {
  return tokenizer.addBos && tokenizer.bosId !== undefined ? [tokenizer.bosId] : [];
}

/** Neighbouring messages of the same kind (written by the model or not) are one text. */
function runs(messages: readonly Message[]): { generated: boolean; text: string; messages: Message[] }[] {
  const found: { generated: boolean; text: string; messages: Message[] }[] = [];
  for (const message of messages) {
    const generated = message.role === "assistant" || message.role === "tool_call";
    const last = found.at(-1);
    if (last?.generated === generated) {
      last.text += message.content;
      last.messages.push(message);
    } else {
      found.push({ generated, text: message.content, messages: [message] });
    }
  }
  return found;
}

/** Texts joined as they are, bos before and eos after. */
function tokenizePlain(
  messages: readonly Message[],
  { tokenizer, lossScale }: EncodeOptions & { readonly lossScale: LossScale },
): Tokenized {
  const front = frontIds(tokenizer);
  const ids = [...front];
  const weights: number[] = front.map(() => (lossScale.base === "all" ? 1 : 0));
  const starts: number[] = [];
  const lastUser = messages.findLastIndex((m) => m.role === "user" || m.role === "tool_response");
  let row = 0;
  let query = "";
  let stop = 0;
  for (const run of runs(messages)) {
    const pieces = run.messages.flatMap((message): WeightedText[] => {
      const part: Part = {
        text: message.content,
        generated: run.generated,
        loss: message.loss,
        lossScale: message.loss_scale,
        lastRound: row++ > lastUser,
      };
      if (!run.generated) query = message.content;
      stop = stopIsTrained(part, lossScale) ? 1 : 0;
      return partWeights(lossScale, part, message.content, query);
    });
    if (run.generated) starts.push(ids.length);
    const segment = weigh(pieces, tokenizer);
    for (const id of segment.ids) ids.push(id);
    for (const weight of segment.weights) weights.push(weight);
  }
  if (tokenizer.eosId !== undefined) {
    ids.push(tokenizer.eosId);
    weights.push(stop);
  }
  return { ids, weights, starts };
}

function toSample(ids: readonly number[], weights: readonly number[]): EncodedSample {
  const labels = ids.map((id, i) => (i > 0 && (weights[i] ?? 0) > 0 ? id : IGNORE));
  const graded = labels.some((label, i) => label !== IGNORE && weights[i] !== 1);
  return graded ? { ids, labels, weights: weights.map((w, i) => (labels[i] === IGNORE ? 0 : w)) } : { ids, labels };
}
