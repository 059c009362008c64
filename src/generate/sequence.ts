/** One sequence while it is generated: its tokens, its text as far as it is certain, and when it ends. */
import { fail, internal } from "../base/errors.ts";
import type { LoadedModel } from "../models/load.ts";
import { decodeStream, type DecodeStream } from "../text/decode-stream.ts";
import type { Settings } from "./generation-config.ts";
import { sampleToken } from "./sampling.ts";
import { watchStops, type StopWatch } from "./stop.ts";

export interface Generated {
  /** Generated ids; a stop id that ended the sequence is the last of them. */
  readonly ids: readonly number[];
  readonly text: string;
  readonly finishReason: "stop" | "length" | "aborted";
}

export interface Sequence {
  readonly prompt: readonly number[];
  readonly isOpen: () => boolean;
  /** The last token, of the prompt or generated. */
  readonly lastId: () => number;
  /** How many of the likeliest tokens its next one is chosen among; Infinity for all. */
  readonly reach: number;
  /** Takes the next token by its logits; ends when that token, its text or the length says so. */
  readonly advance: (logits: Float32Array) => void;
  /** The same by the logits of these tokens alone, in the order of their ids: at least {@link reach} of the likeliest. */
  readonly advanceAmong: (ids: readonly number[], logits: Float32Array) => void;
  readonly abort: () => void;
  readonly result: () => Generated;
}

export interface SequenceOptions {
  /** Number of the sequence, from 0, for callbacks. */
  readonly number: number;
  /** Number of its prompt, from 0, for messages. */
  readonly prompt: number;
  /** Number that addresses its draws. */
  readonly address: number;
  readonly seed: number;
  readonly settings: Settings;
  /** The text goes on from the prompt's, instead of being a text of its own. */
  readonly continues: boolean;
  readonly onToken?: ((sequence: number, id: number) => void) | undefined;
  readonly onText?: ((sequence: number, text: string) => void) | undefined;
}

type SequenceModel = Pick<LoadedModel, "config" | "tokenizer">;

/** @throws E_GENERATE_LENGTH, E_GENERATE_TOKEN */
export function openSequence(
  model: SequenceModel,
  prompt: readonly number[],
  { number, prompt: promptNumber, address, seed, settings, continues, onToken, onText }: SequenceOptions,
): Sequence {
  checkPrompt(model, prompt, { promptNumber, settings });
  const { tokenizer } = model;
  const limit = Math.min(settings.maxNewTokens, settings.maxLength - prompt.length);
  // Models may have more rows than the tokenizer has tokens; such an id has no text.
  const hasText = (id: number): boolean => tokenizer.idToToken(id) !== undefined;
  const context = continues ? prompt.slice(-64).filter(hasText) : [];
  const decode: DecodeStream = decodeStream(tokenizer, { context });
  const stops: StopWatch = watchStops(settings.stopStrings);
  const penalizes = settings.repetitionPenalty !== 1;
  const ids: number[] = [];
  let text = "";
  let finishReason: Generated["finishReason"] | undefined = limit === 0 ? "length" : undefined;

  const show = (piece: string): void => {
    if (piece === "") return;
    text += piece;
    onText?.(number, piece);
  };
  const finish = (reason: Generated["finishReason"]): void => {
    const { text: piece, stopped } = stops.push(decode.flush());
    show(stopped ? piece : piece + stops.flush());
    finishReason = stopped ? "stop" : reason;
  };
  const choose = (logits: Float32Array): number => {
    const seen = penalizes ? [...prompt, ...ids] : [];
    return sampleToken(logits, seen, settings, { seed, sequence: address, step: ids.length });
  };
  const take = (id: number): void => {
    ids.push(id);
    onToken?.(number, id);
    if (settings.stopIds.has(id)) return finish("stop");
    const { text: piece, stopped } = stops.push(hasText(id) ? decode.push(id) : "");
    show(piece);
    if (stopped) finishReason = "stop";
    else if (ids.length >= limit) finish("length");
  };
  const among = settings.temperature === 0 ? 1 : settings.topK > 0 ? settings.topK : Infinity;
  return {
    prompt,
    isOpen: () => finishReason === undefined,
    reach: penalizes ? Infinity : among,
    lastId: () => ids.at(-1) ?? (prompt.at(-1) as number),
    advance: (logits) => take(choose(logits)),
    advanceAmong: (candidates, logits) => take(candidates[choose(logits)] ?? internal("a token that was not offered")),
    abort: () => finish("aborted"),
    result: () => ({ ids, text, finishReason: finishReason ?? internal("a sequence is still open") }),
  };
}

/** @throws E_GENERATE_LENGTH, E_GENERATE_TOKEN */
export function checkPrompt(
  { config }: SequenceModel,
  prompt: readonly number[],
  { promptNumber, settings }: { readonly promptNumber?: number; readonly settings: Settings },
): void {
  const where = promptNumber === undefined ? "prompt" : `prompt ${promptNumber + 1}`;
  if (prompt.length === 0) fail("E_GENERATE_LENGTH", { where, what: "the prompt has no tokens." });
  if (prompt.length >= settings.maxLength) {
    const context = `the context holds ${settings.maxLength}, with the answer`;
    fail("E_GENERATE_LENGTH", { where, what: `the prompt has ${prompt.length} tokens; ${context}.` });
  }
  const foreign = prompt.find((id) => !Number.isInteger(id) || id < 0 || id >= config.vocabSize);
  if (foreign !== undefined) {
    fail("E_GENERATE_TOKEN", { where, what: `token id ${foreign} is outside of 0 to ${config.vocabSize - 1}.` });
  }
}
