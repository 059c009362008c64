/**
 * Texts to ids and back by @huggingface/tokenizers, with what differs from the tokenizers library mended around it:
 *
 * - added tokens are found by added-tokens.ts, and what is between two of them is normalized, cut into words and
 *   tokenised by itself, as there;
 * - only the stretch at the beginning of the whole text is "first" for `prepend_scheme: first`;
 * - a `normalized` token is decoded as what the normalizer makes of it;
 * - decoding does not clean up spaces, which would alter what was generated ("x ." would become "x.");
 * - byte tokens that are no UTF-8 become one U+FFFD each, and U+FEFF among them is kept.
 *
 * A text may go on from another one; then nothing is put before it (normalizer Prepend, pre-tokenizer Metaspace and
 * ByteLevel with `add_prefix_space`), which the libraries cannot say.
 */
import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { splitterAt, type AddedToken } from "./added-tokens.ts";
import type { PatternGuard } from "./pattern-guard.ts";

export interface Encoder {
  readonly encode: (text: string, continues: boolean) => number[];
  /** What the post-processor of tokenizer.json makes of a text. */
  readonly encodeWithSpecials: (text: string) => number[];
  readonly decode: (ids: number[]) => string;
  readonly tokenToId: (token: string) => number | undefined;
  readonly idToToken: (id: number) => string | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** What we use of the library, whose own declarations do not resolve under Node's module rules. */
interface Hub {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
  decode(ids: number[], options: { clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
  id_to_token(id: number): string | undefined;
  readonly normalizer: ((text: string) => string) | null;
  readonly pre_tokenizer: ((text: string, options: { section_index: number }) => string[]) | null;
  readonly decoder: Decoder | null;
  readonly model: ((words: string[]) => string[]) & {
    readonly tokens_to_ids: ReadonlyMap<string, number>;
    readonly unk_token_id?: number;
    /** Tokens by id. */
    readonly vocab: string[];
  };
}

interface Decoder {
  readonly config?: { readonly type?: string };
  readonly decoders?: readonly Decoder[];
  text_decoder?: { readonly decode: (bytes: Uint8Array) => string };
}

/** Characters of stretches whose ids are remembered: prompts and rows repeat each other's. */
const REMEMBERED = 1 << 20;

/** @throws Error when the definition cannot be used */
export function createEncoder(
  definition: Json,
  config: Json,
  { added, guard }: { readonly added: readonly AddedToken[]; readonly guard: PatternGuard },
): Encoder {
  const tokens = Array.isArray(definition["added_tokens"]) ? (definition["added_tokens"] as readonly object[]) : [];
  const hub = build(
    { ...definition, added_tokens: tokens.map((token, i) => ({ ...token, id: added[i]?.id })) },
    config,
  );
  mendBytes(hub.decoder);
  let continuing: Hub | undefined;
  // Only what comes before the model differs.
  const goingOn = (): Hub =>
    (continuing ??= build({ ...withoutPrefix(definition), model: { type: "BPE", vocab: {}, merges: [] } }, config));
  const { model, normalizer } = hub;
  const splitRaw = splitterAt(
    added.filter((token) => !token.normalized),
    (token) => token.content,
  );
  const normalizedTokens = added.filter((token) => token.normalized);
  const normalizedText = ({ content }: AddedToken): string =>
    guard(content.length, () => normalizer?.(content) ?? content);
  const splitNormalized = splitterAt(normalizedTokens, normalizedText);
  for (const token of normalizedTokens) model.vocab[token.id] = normalizedText(token);
  const encodeStretch = (text: string, { normalizer, pre_tokenizer }: Hub, isFirst: boolean): number[] => {
    const normalized = normalizer === null ? text : guard(text.length, () => normalizer(text));
    return splitNormalized(normalized).flatMap(({ start, end, id }) => {
      if (id !== undefined) return [id];
      const piece = normalized.slice(start, end);
      if (piece === "") return [];
      const section = { section_index: isFirst && start === 0 ? 0 : 1 };
      const words = pre_tokenizer === null ? [piece] : guard(piece.length, () => pre_tokenizer(piece, section));
      return model(words).map((token) => model.tokens_to_ids.get(token) ?? (model.unk_token_id as number));
    });
  };
  const known = new Map<string, readonly number[]>();
  let characters = 0;
  return {
    encode: (text, continues) => {
      if (text === "") return [];
      const ids: number[] = [];
      for (const { start, end, id } of splitRaw(text)) {
        if (id !== undefined) {
          ids.push(id);
          continue;
        }
        const isFirst = start === 0 && !continues;
        // What goes on is only its first stretch; behind an added token a stretch is like any other.
        const goesOn = start === 0 && continues;
        const stretch = text.slice(start, end);
        const key = `${goesOn ? "+" : isFirst ? "^" : " "}${stretch}`;
        let found = known.get(key);
        if (found === undefined) {
          found = encodeStretch(stretch, goesOn ? goingOn() : hub, isFirst);
          if (characters > REMEMBERED) known.clear();
          characters = (known.size === 0 ? 0 : characters) + stretch.length;
          known.set(key, found);
        }
        for (const one of found) ids.push(one);
      }
      return ids;
    },
    encodeWithSpecials: (text) => guard(text.length, () => hub.encode(text, { add_special_tokens: true }).ids),
    decode: (ids) => guard(ids.length, () => hub.decode(ids, { clean_up_tokenization_spaces: false })),
    tokenToId: (token) => hub.token_to_id(token),
    idToToken: (id) => hub.id_to_token(id),
  };
}

function build(definition: Json, config: Json): Hub {
  return new HubTokenizer(definition, { ...config, clean_up_tokenization_spaces: false }) as unknown as Hub;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function mendBytes(decoder: Decoder | null): void {
  decoder?.decoders?.forEach(mendBytes);
  if (decoder?.config?.type !== "ByteFallback") return;
  decoder.text_decoder = {
    decode: (bytes) => {
      try {
        return utf8.decode(bytes);
      } catch {
        return "\uFFFD".repeat(bytes.length);
      }
    },
  };
}

/** The steps before the model, but for those that put a blank before a text. */
function withoutPrefix(definition: Json): Json {
  const walk = (step: unknown): unknown => {
    if (typeof step !== "object" || step === null) return step;
    const { type, normalizers, pretokenizers } = step as Json;
    if (type === "Prepend") return undefined;
    if (type === "Metaspace") return { ...step, prepend_scheme: "never", add_prefix_space: false };
    if (type === "ByteLevel") return { ...step, add_prefix_space: false };
    const inner = (list: unknown): unknown[] =>
      (Array.isArray(list) ? list : []).map(walk).filter((one) => one != null);
    if (normalizers !== undefined) return { ...step, normalizers: inner(normalizers) };
    return pretokenizers === undefined ? step : { ...step, pretokenizers: inner(pretokenizers) };
  };
  return {
    ...definition,
    normalizer: walk(definition["normalizer"]) ?? null,
    pre_tokenizer: walk(definition["pre_tokenizer"]) ?? null,
  };
}
