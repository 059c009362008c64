/**
 * Text while tokens arrive: never half a character, never a lost space between two tokens.
 *
 * A token's text depends on its neighbours (byte tokens, the leading space of SentencePiece), so the last tokens
 * are decoded together with the new one and the part already shown is cut off, as the detokenizers of serving
 * engines do. U+FFFD at the end waits: it may be the first bytes of a character.
 */
import type { Tokenizer } from "./tokenizer.ts";

export interface DecodeStream {
  /** Adds one token and returns the text that is now certain, often empty. */
  readonly push: (id: number) => string;
  /** Returns what is still held back: a character that was never completed, as U+FFFD. */
  readonly flush: () => string;
}

export interface DecodeStreamOptions {
  /** Ids that come before, for instance the prompt that the text continues: keeps the space between the two. */
  readonly context?: readonly number[];
  /** Leave special tokens out of the text. Default true. */
  readonly skipSpecialTokens?: boolean;
}

/** Enough ids to hold a whole character and its neighbour; the window is cut back to it when twice as long. */
const WINDOW = 8;
const BROKEN = "\uFFFD";

export function decodeStream(tokenizer: Tokenizer, options: DecodeStreamOptions = {}): DecodeStream {
  const skipSpecialTokens = options.skipSpecialTokens ?? true;
  const decode = (ids: readonly number[]) => tokenizer.decode(ids, { skipSpecialTokens });
  let window = (options.context ?? []).slice(-WINDOW);
  /** How many characters of `decode(window)` have been returned. */
  let shown = decode(window).length;

  /** Never within the bytes of a character: of a run of bytes that is no UTF-8 nothing is left. */
  const cutBack = (): void => {
    for (let length = WINDOW; length < WINDOW + 4; length++) {
      const text = decode(window.slice(-length));
      if (text.includes(BROKEN)) continue;
      window = window.slice(-length);
      shown = text.length;
      return;
    }
  };
  const take = (upTo: (text: string) => number): string => {
    const text = decode(window);
    const end = Math.max(shown, upTo(text));
    const fresh = text.slice(shown, end);
    shown = end;
    if (window.length > 2 * WINDOW && shown === text.length) cutBack();
    return fresh;
  };
  return {
    push: (id) => {
      if (skipSpecialTokens && tokenizer.isSpecial(id)) return "";
      window.push(id);
      return take(certain);
    },
    flush: () => take((text) => text.length),
  };
}

function certain(text: string): number {
  let end = text.length;
  while (end > 0 && text[end - 1] === BROKEN) end--;
  return end;
}
