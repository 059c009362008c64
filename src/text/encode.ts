/**
 * Conversations to token ids, labels and weights; and prompts to token ids, by the same steps.
 *
 * The ids of a conversation are those of its whole rendering, as apply_chat_template of transformers gives them, and
 * labels and weights are laid over them (tokenize-pieces.ts). A prompt at inference is tokenised by the same steps, so
 * that its ids are the ids training saw before the first trained token. Where a token would stand across the place at
 * which the model begins to write, no engine could ask for it: there, and nowhere else, the text is cut.
 *
 * Special tokens are what the chat template writes; none is added. Without a template (`pt`, or rows of assistant
 * text alone): bos if the checkpoint asks for it, the text, eos.
 */
import { fail } from "../base/errors.ts";
import type { AgentTemplate } from "./agent-templates.ts";
import type { ChatTemplate } from "./chat-template.ts";
import { isTrained, partWeights, type LossScale, type WeightedText } from "./loss-scale.ts";
import { IGNORE, type Conversation, type Message } from "./message.ts";
import { readsKey } from "./message-extra.ts";
import { renderConversation, type Rendered, type RenderedTurn } from "./spans.ts";
import { tokenizePieces, type Piece, type Tokenized } from "./tokenize-pieces.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { truncate, type Dropped, type Truncation } from "./truncate.ts";
import { prepareConversation, type Part, type PreparedConversation } from "./turns.ts";

export interface EncodedSample {
  readonly ids: readonly number[];
  /** Aligned with ids: the id itself where trained, else -100. Not shifted. The first is never trained. */
  readonly labels: readonly number[];
  /** Aligned with ids; only present when some weight is neither 0 nor 1. */
  readonly weights?: readonly number[];
  /** How often the text had to be cut, since a token would stand across the beginning of a reply; absent for never. */
  readonly cuts?: number;
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

/**
 * Encodes one row. Returns {@link Dropped} when it does not fit and the strategy is "delete", or when cutting left
 * nothing to train. Throws E_TEXT_TOO_LONG with strategy "raise", and what the template and its parts throw.
 */
export function encodeConversation(conversation: Conversation, options: EncodeSampleOptions): EncodedSample | Dropped {
  const { ids, weights, cuts } = tokenizeConversation(conversation, options);
  const sample = { ...toSample(ids, weights), ...(cuts > 0 && { cuts }) };
  return options.maxLength === undefined ? sample : truncate(sample, options.maxLength, options.truncation ?? "delete");
}

/** The ids a model continues: the conversation so far and the generation prompt. Throws as {@link encodeConversation}. */
export function encodePrompt(conversation: Conversation, options: EncodeOptions): number[] {
  const { tokenizer } = options;
  if (options.useChatTemplate === false) {
    const pieces = runs(conversation.messages).map(({ text, generated }) => ({ text, weight: 0, begins: generated }));
    return [...frontIds(tokenizer), ...tokenizePieces(pieces, tokenizer).ids];
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
    reads: (key) => readsKey(needTemplate(options).source, key),
  });
}

function needTemplate({ template }: EncodeOptions): ChatTemplate {
  return (
    template ?? fail("E_TEXT_TEMPLATE_NAME", { what: "A conversation needs a chat template, and none was given." })
  );
}

function tokenizeRendered({ text, turns }: Rendered, tokenizer: Tokenizer, scale?: LossScale): Tokenized {
  const pieces: Piece[] = [];
  const outside = scale?.base === "all" ? 1 : 0;
  let position = 0;
  for (const turn of turns) {
    pieces.push({ text: text.slice(position, turn.start), weight: outside });
    for (const segment of segments(turn, text, scale)) {
      segment.pieces.forEach((piece, i) => pieces.push({ ...piece, begins: i === 0 && segment.generated }));
    }
    position = turn.end;
  }
  pieces.push({ text: text.slice(position), weight: outside });
  return tokenizePieces(pieces, tokenizer);
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
  const lastUser = messages.findLastIndex((m) => m.role === "user" || m.role === "tool_response");
  const pieces: Piece[] = [];
  let row = 0;
  let query = "";
  let stop = 0;
  for (const run of runs(messages)) {
    const weighted = run.messages.flatMap((message): WeightedText[] => {
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
    weighted.forEach((piece, i) => pieces.push({ ...piece, begins: i === 0 && run.generated }));
  }
  const front = frontIds(tokenizer);
  const back = tokenizer.eosId === undefined ? [] : [tokenizer.eosId];
  const { ids, weights, starts, cuts } = tokenizePieces(pieces, tokenizer);
  const outside = lossScale.base === "all" ? 1 : 0;
  return {
    ids: [...front, ...ids, ...back],
    weights: [...front.map(() => outside), ...weights, ...back.map(() => stop)],
    starts: starts.map((start) => start + front.length),
    cuts,
  };
}

function toSample(ids: readonly number[], weights: readonly number[]): EncodedSample {
  const labels = ids.map((id, i) => (i > 0 && (weights[i] ?? 0) > 0 ? id : IGNORE));
  const graded = labels.some((label, i) => label !== IGNORE && weights[i] !== 1);
  return graded ? { ids, labels, weights: weights.map((w, i) => (labels[i] === IGNORE ? 0 : w)) } : { ids, labels };
}
