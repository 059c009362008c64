/**
 * Shingles of a text: each window of `window_size` neighbouring words, characters or tokens, as bytes of one buffer.
 * Cut and joined as Data-Juicer does it, so that hashes of them are the same. A shingle that occurs twice is listed
 * twice. Buffers are used again for the next text.
 */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg } from "../args.ts";
import { inPatternTime } from "../text/pattern-in-time.ts";
import { patternOf } from "../text/python-regex.ts";
import type { OperatorTools } from "../tools.ts";

export interface Shingles {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Where in `bytes` each begins and ends. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Arguments that the deduplicators of near duplicates share. */
export const shingleArgs = {
  lowercase: arg(z.boolean().default(true), "Whether texts are compared in lower case."),
  ignore_pattern: arg(
    z.string().min(1).nullable().default(null),
    "Regular expression (of Python) of what is left out before texts are compared.",
  ),
  short_texts: arg(
    z.enum(["alike", "apart"]).default("alike"),
    "Texts shorter than a window: alike drops all but the first as duplicates of each other, as Data-Juicer does " +
      "without a word; apart takes each as one window.",
  ),
} as const;

export interface ShingleOptions {
  readonly tokenization: "space" | "punctuation" | "character" | "sentencepiece";
  readonly window_size: number;
  readonly lowercase: boolean;
  readonly ignore_pattern: string | null;
  /** Default: alike. */
  readonly short_texts?: "alike" | "apart";
  readonly tokenizer_model?: string | null;
}

/** Pieces of a text: `bytes` holds them in order, piece i from `starts[i]` to `ends[i]`. */
interface Pieces {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

type Cut = (text: string, into: Pieces) => number;

const encoder = new TextEncoder();
const SPACE = 0x20;

/** Words between spaces; line ends and tabs are parts of words here. */
const cutSpaces: Cut = (text, { bytes, starts, ends }) => {
  const { written } = encoder.encodeInto(text, bytes);
  let [count, to, inside] = [0, 0, false];
  // Several spaces become one, in place: what is written never overtakes what is read.
  for (let from = 0; from < written; from++) {
    const byte = bytes[from] as number;
    if (byte === SPACE) {
      if (!inside) continue;
      ends[count++] = to;
      inside = false;
    } else if (!inside) {
      if (count > 0) bytes[to++] = SPACE;
      starts[count] = to;
      inside = true;
    }
    if (inside) bytes[to++] = byte;
  }
  if (inside) ends[count++] = to;
  return count;
};

const cutCharacters: Cut = (text, { bytes, starts, ends }) => {
  const { written } = encoder.encodeInto(text, bytes);
  let count = 0;
  for (let i = 0; i < written; i++) {
    if (((bytes[i] as number) & 0xc0) !== 0x80) starts[count++] = i;
  }
  for (let i = 0; i < count; i++) ends[i] = i + 1 < count ? (starts[i + 1] as number) : written;
  return count;
};

/** Writes a list of pieces with something between them. */
function writePieces(list: readonly string[], between: "" | " ", { bytes, starts, ends }: Pieces): number {
  let to = 0;
  for (let i = 0; i < list.length; i++) {
    if (i > 0 && between === " ") bytes[to++] = SPACE;
    starts[i] = to;
    to += encoder.encodeInto(list[i] as string, bytes.subarray(to)).written;
    ends[i] = to;
  }
  return list.length;
}

const cutPunctuation: Cut = (text, into) => writePieces(text.split(/\p{P}/u), " ", into);

async function cutTokens(folder: string | null | undefined, tools: OperatorTools): Promise<Cut> {
  if (folder === null || folder === undefined) {
    fail("E_DATA_OPERATOR", {
      where: "tokenizer_model",
      what: "tokenization is sentencepiece, but there is no tokenizer.",
      fix: "Name a folder with the tokenizer.json of a Hugging Face model.",
    });
  }
  const { loadTokenizer } = await import("../../../text/load-tokenizer.ts");
  const tokenizer = await loadTokenizer(tools.resolve(folder));
  return (text, into) => {
    const tokens = tokenizer.encode(text).map((id) => tokenizer.idToToken(id) ?? "");
    return writePieces(tokens, "", into);
  };
}

/**
 * Makes the function that cuts texts. What it gives is good until its next call.
 * @throws E_DATA_OPERATOR for a broken pattern or a missing tokenizer
 */
export async function createShingler(
  options: ShingleOptions,
  where: string,
  tools: OperatorTools,
): Promise<(text: string) => Shingles> {
  const { tokenization, window_size: window, lowercase, ignore_pattern: ignored } = options;
  const pattern = ignored === null ? undefined : patternOf(ignored, { where: `${where}: ignore_pattern` });
  const bounded = inPatternTime(ignored ?? "", `${where}: ignore_pattern`);
  const cuts = { space: cutSpaces, punctuation: cutPunctuation, character: cutCharacters } as const;
  const cut = tokenization === "sentencepiece" ? await cutTokens(options.tokenizer_model, tools) : cuts[tokenization];
  // A unit of UTF-16 takes up to three bytes and a blank; a token may spell out each byte as <0x0A>.
  const widest = tokenization === "sentencepiece" ? 20 : 4;
  let pieces: Pieces = makePieces(1024);
  return (text) => {
    const lower = lowercase ? text.toLowerCase() : text;
    const rest = pattern === undefined ? lower : bounded(lower, () => lower.replaceAll(pattern, ""));
    const most = widest * (rest.length + 1);
    if (pieces.bytes.length < most) pieces = makePieces(2 * most);
    const { bytes, starts, ends } = pieces;
    const found = cut(rest, pieces);
    if (found === 0) return { bytes, starts, ends, count: 0 };
    // Without a window all short texts look the same; with one of their own they are told apart.
    const size = options.short_texts === "apart" ? Math.min(window, found) : window;
    // A window ends where its last piece ends, so that moving the ends down gives the windows.
    ends.copyWithin(0, size - 1, found);
    return { bytes, starts, ends, count: Math.max(0, found - size + 1) };
  };
}

const makePieces = (length: number): Pieces => ({
  bytes: new Uint8Array(length),
  starts: new Uint32Array(length),
  ends: new Uint32Array(length),
});
