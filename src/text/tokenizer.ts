/**
 * A tokenizer from the files of a Hugging Face checkpoint, without touching the disk (see load-tokenizer.ts).
 *
 * `tokenizer.json`, read by @huggingface/tokenizers, is the one truth for ids; the files beside it say which token plays
 * which part, and add tokens (added-tokens-files.ts). Transformers 5 rebuilds some Llama tokenizers
 * from their vocabulary instead and then differs from its own tokenizer.json after special tokens and leading
 * spaces; we follow the file, as the `tokenizers` library does.
 *
 * Padding: the pad token; without one the end-of-sequence token, then the unknown token, then id 0. That is safe
 * here because labels come from positions and never from comparing an id with the padding id.
 *
 * Leaves out: tokenizers given only as vocab.json + merges.txt or as a SentencePiece model.
 */
import { fail, internal, isTunesmithError } from "../base/errors.ts";
import type { AddedToken } from "./added-tokens.ts";
import { settleTokens } from "./added-tokens-files.ts";
import { patternGuard } from "./pattern-guard.ts";
import { createEncoder, type Encoder } from "./text-encoder.ts";
import { checkVocabularyIds, isTokenId } from "./token-ids.ts";

export interface TextFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface SpecialTokens {
  readonly bos_token?: string;
  readonly eos_token?: string;
  readonly unk_token?: string;
  readonly pad_token?: string;
}

export interface EncodeTextOptions {
  /** Put the beginning (and end) tokens that this checkpoint asks for around the text. Default false. */
  readonly addSpecialTokens?: boolean;
  /** The text goes on from another one: no blank is put before it, as some tokenizers do before every text. */
  readonly continues?: boolean;
}

export interface DecodeOptions {
  /** Leave special tokens out of the text. Default true. */
  readonly skipSpecialTokens?: boolean;
}

export interface Tokenizer {
  readonly encode: (text: string, options?: EncodeTextOptions) => number[];
  readonly decode: (ids: readonly number[], options?: DecodeOptions) => string;
  readonly tokenToId: (token: string) => number | undefined;
  readonly idToToken: (id: number) => string | undefined;
  /** One more than the largest id; the model's embedding may have more rows. */
  readonly vocabSize: number;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  /** Never undefined: see the fallback in the head of this file. */
  readonly padId: number;
  /** The checkpoint starts every plain text with `bosId` (`add_bos_token`, else what tokenizer.json does). */
  readonly addBos: boolean;
  readonly addEos: boolean;
  /** Texts of the special tokens, as chat templates see them. */
  readonly specialTokens: SpecialTokens;
  /** Texts of all added tokens marked special, longest first. */
  readonly specialTexts: readonly string[];
  readonly isSpecial: (id: number) => boolean;
  /** `model_max_length` when the checkpoint states a believable one. */
  readonly maxLength: number | undefined;
  /** Chat templates by name as the checkpoint brings them; "default" is the one used when none is named. */
  readonly chatTemplates: ReadonlyMap<string, { readonly source: string; readonly file: string }>;
  /** The default chat template, if the checkpoint has one. */
  readonly chatTemplate: string | undefined;
  /** The files to carry into checkpoints, unchanged. */
  readonly files: readonly TextFile[];
  /** What had to be decided because the checkpoint does not say; to be shown once. */
  readonly notices: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Names that only ever mean "beginning" or "end" in published vocabularies; used when no config names them. */
const usualBos = ["<s>", "<|begin_of_text|>", "<bos>", "<｜begin▁of▁sentence｜>"];
const usualEos = ["</s>", "<|end_of_text|>", "<eos>", "<|endoftext|>", "<｜end▁of▁sentence｜>"];

/** Builds a tokenizer; `where` names the folder in errors. Throws E_TEXT_TOKENIZER. */
export function createTokenizer(files: readonly TextFile[], where: string): Tokenizer {
  const byName = new Map(files.map((file) => [file.name, file]));
  const file = parseJson(byName.get("tokenizer.json"), where);
  if (file === undefined) {
    fail("E_TEXT_TOKENIZER", { where, what: "There is no tokenizer.json in this folder." });
  }
  const config = parseJson(byName.get("tokenizer_config.json"), where) ?? {};
  const map = parseJson(byName.get("special_tokens_map.json"), where) ?? {};
  const settled = settleTokens(file, { config, map, added: parseJson(byName.get("added_tokens.json"), where) ?? {} });
  const { definition } = settled;
  const notices = [...settled.notices];

  const added = addedTokens(definition, where, notices);
  const hub = build(definition, config, added, where);
  const specials = added.filter((token) => token.special);
  const specialIds = new Set(specials.map((token) => token.id));
  const vocabSize = countIds(definition, added, where);

  const named = (key: keyof SpecialTokens): string | undefined => {
    const text = tokenText(settled.named[key]);
    if (text !== undefined && hub.tokenToId(text) === undefined) internal(`${key} ${text} was not added`);
    return text;
  };
  const guess = (key: keyof SpecialTokens, usual: readonly string[]): string | undefined => {
    if (key in config || key in map) return undefined;
    const text = usual.find((name) => specials.some((token) => token.content === name));
    if (text !== undefined)
      notices.push(`${key} is named in no config file; taken as ${text}, found among the special tokens`);
    return text;
  };
  const bos = named("bos_token") ?? guess("bos_token", usualBos);
  const eos = named("eos_token") ?? guess("eos_token", usualEos);
  const unk = named("unk_token") ?? modelUnk(definition);
  const pad = named("pad_token");
  const idOf = (text: string | undefined) => (text === undefined ? undefined : hub.tokenToId(text));
  const bosId = idOf(bos);
  const eosId = idOf(eos);
  const padId = idOf(pad) ?? eosId ?? idOf(unk) ?? 0;

  const encodePlain = (text: string, continues = false): number[] => {
    const ids = hub.encode(text, continues);
    if (ids.includes(undefined as never)) {
      fail("E_TEXT_TOKENIZER", {
        where,
        what: "The text holds a character that the vocabulary lacks, and the tokenizer has no unknown token.",
      });
    }
    return ids;
  };
  const around = surroundings(hub, encodePlain);
  const addBos = typeof config["add_bos_token"] === "boolean" ? config["add_bos_token"] : around.first === bosId;
  const addEos = typeof config["add_eos_token"] === "boolean" ? config["add_eos_token"] : around.last === eosId;
  const front = addBos && bosId !== undefined ? [bosId] : [];
  const back = addEos && eosId !== undefined ? [eosId] : [];

  const maxLength = config["model_max_length"];
  const chatTemplates = collectTemplates(byName, files, config, where);
  return {
    encode: (text, { addSpecialTokens = false, continues = false } = {}) =>
      addSpecialTokens ? [...front, ...encodePlain(text, continues), ...back] : encodePlain(text, continues),
    decode: (ids, { skipSpecialTokens = true } = {}) => {
      for (const id of ids) {
        if (hub.idToToken(id) === undefined) {
          fail("E_TEXT_TOKEN_ID", { where, what: `Token id ${id} is not in the vocabulary of ${vocabSize} tokens.` });
        }
      }
      const kept = skipSpecialTokens ? ids.filter((id) => !specialIds.has(id)) : [...ids];
      return kept.length === 0 ? "" : hub.decode(kept);
    },
    tokenToId: (token) => hub.tokenToId(token),
    idToToken: (id) => hub.idToToken(id),
    vocabSize,
    bosId,
    eosId,
    padId,
    addBos: addBos && bosId !== undefined,
    addEos: addEos && eosId !== undefined,
    specialTokens: {
      ...(bos !== undefined && { bos_token: bos }),
      ...(eos !== undefined && { eos_token: eos }),
      ...(unk !== undefined && { unk_token: unk }),
      ...(pad !== undefined && { pad_token: pad }),
    },
    specialTexts: specials.map((token) => token.content).sort((a, b) => b.length - a.length),
    isSpecial: (id) => specialIds.has(id),
    maxLength: typeof maxLength === "number" && maxLength > 0 && maxLength < 1e9 ? maxLength : undefined,
    chatTemplates,
    chatTemplate: chatTemplates.get("default")?.source,
    files,
    notices,
  };
}

function build(definition: Json, config: Json, added: readonly AddedToken[], where: string): Encoder {
  try {
    return createEncoder(definition, config, { added, guard: patternGuard(definition, `${where}/tokenizer.json`) });
  } catch (cause) {
    if (isTunesmithError(cause)) throw cause;
    return fail("E_TEXT_TOKENIZER", {
      where: `${where}/tokenizer.json`,
      what: `The tokenizer cannot be built: ${cause instanceof Error ? cause.message : String(cause)}.`,
      cause,
    });
  }
}

function parseJson(file: TextFile | undefined, where: string): Json | undefined {
  if (file === undefined) return undefined;
  const place = `${where}/${file.name}`;
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file.bytes));
    if (isObject(value)) return value;
  } catch (cause) {
    return fail("E_TEXT_TOKENIZER", {
      where: place,
      what: `The file is not JSON (${cause instanceof Error ? cause.message : String(cause)}); it may be cut off, or a Git LFS pointer.`,
      cause,
    });
  }
  return fail("E_TEXT_TOKENIZER", { where: place, what: "The file must hold a JSON object." });
}

/**
 * Their ids are those of the tokenizers library, whatever the file says: what the vocabulary has keeps its id there, the
 * others follow the vocabulary one by one.
 */
function addedTokens(definition: Json, where: string, notices: string[]): AddedToken[] {
  const list = definition["added_tokens"] ?? [];
  const broken = (): never =>
    fail("E_TEXT_TOKENIZER", {
      where: `${where}/tokenizer.json`,
      what: "added_tokens must be a list of {id, content}.",
    });
  if (!Array.isArray(list)) return broken();
  const known = vocabularyIds(definition);
  let next = known.size;
  const idOf = (content: string, said: unknown, from: unknown): number => {
    const before = known.has(content);
    const id = known.get(content) ?? next;
    known.set(content, id);
    next = Math.max(next, id + 1);
    if (said === undefined) {
      if (!before) {
        notices.push(
          `${JSON.stringify(content)} is named as a special token and is not in tokenizer.json; it becomes token ${id}, as in transformers`,
        );
      }
    } else if (id !== said) {
      notices.push(
        `added token ${JSON.stringify(content)} has id ${said as number} in ${typeof from === "string" ? from : "added_tokens"}, but ${id} by the vocabulary; ${id} counts, as in the tokenizers library`,
      );
    }
    return id;
  };
  return list.map((entry: unknown): AddedToken => {
    if (!isObject(entry)) return broken();
    const { id, content, special } = entry;
    const isNamed = id === undefined && entry["from"] !== undefined;
    if (!(isTokenId(id) || isNamed) || typeof content !== "string") return broken();
    return {
      id: idOf(content, id, entry["from"]),
      content,
      special: special === true,
      normalized: typeof entry["normalized"] === "boolean" ? entry["normalized"] : special !== true,
      singleWord: entry["single_word"] === true,
      lstrip: entry["lstrip"] === true,
      rstrip: entry["rstrip"] === true,
    };
  });
}

function vocabularyIds(definition: Json): Map<unknown, number> {
  const model = definition["model"];
  const vocab = isObject(model) ? model["vocab"] : undefined;
  if (Array.isArray(vocab))
    return new Map(vocab.map((entry: unknown, i) => [Array.isArray(entry) ? entry[0] : entry, i]));
  const entries = isObject(vocab) ? Object.entries(vocab) : [];
  return new Map(entries.filter((entry): entry is [string, number] => isTokenId(entry[1])));
}

function countIds(definition: Json, added: readonly AddedToken[], where: string): number {
  const model = definition["model"];
  const vocab = isObject(model) ? model["vocab"] : undefined;
  let largest = added.reduce((most, token) => Math.max(most, token.id), -1);
  if (Array.isArray(vocab)) {
    largest = Math.max(largest, vocab.length - 1);
  } else if (isObject(vocab)) {
    checkVocabularyIds(vocab, `${where}/tokenizer.json`);
    for (const id of Object.values(vocab)) if (typeof id === "number") largest = Math.max(largest, id);
  } else {
    fail("E_TEXT_TOKENIZER", { where: `${where}/tokenizer.json`, what: "model.vocab is missing." });
  }
  return largest + 1;
}

/** Which ids the post-processor of tokenizer.json puts around a text. */
function surroundings(hub: Encoder, plain: (text: string) => number[]): { first?: number; last?: number } {
  const bare = plain("a");
  const full = hub.encodeWithSpecials("a");
  const start = full.findIndex((_, at) => bare.every((id, i) => full[at + i] === id));
  if (start < 0) return {};
  const first = start > 0 ? full[0] : undefined;
  const last = start + bare.length < full.length ? full.at(-1) : undefined;
  return { ...(first !== undefined && { first }), ...(last !== undefined && { last }) };
}

/** Order of precedence as in transformers: chat_template.jinja, then tokenizer_config.json. */
function collectTemplates(
  byName: ReadonlyMap<string, TextFile>,
  files: readonly TextFile[],
  config: Json,
  where: string,
): Map<string, { source: string; file: string }> {
  const found = new Map<string, { source: string; file: string }>();
  const fromConfig = config["chat_template"];
  const broken = (): never =>
    fail("E_TEXT_TOKENIZER", {
      where: `${where}/tokenizer_config.json`,
      what: "chat_template must be a string or a list of {name, template}.",
    });
  if (typeof fromConfig === "string") {
    found.set("default", { source: fromConfig, file: "tokenizer_config.json" });
  } else if (Array.isArray(fromConfig)) {
    for (const entry of fromConfig as unknown[]) {
      if (!isObject(entry) || typeof entry["name"] !== "string" || typeof entry["template"] !== "string")
        return broken();
      found.set(entry["name"], { source: entry["template"], file: "tokenizer_config.json" });
    }
  } else if (fromConfig !== undefined && fromConfig !== null) {
    return broken();
  }
  const decoder = new TextDecoder();
  for (const file of files) {
    const name = /^additional_chat_templates\/(.+)\.jinja$/.exec(file.name)?.[1];
    if (name !== undefined) found.set(name, { source: decoder.decode(file.bytes), file: file.name });
  }
  const main = byName.get("chat_template.jinja");
  if (main !== undefined) found.set("default", { source: decoder.decode(main.bytes), file: main.name });
  return found;
}

function modelUnk(definition: Json): string | undefined {
  const model = definition["model"];
  return isObject(model) ? tokenText(model["unk_token"]) : undefined;
}

/** A token is written as text or as an AddedToken object. */
function tokenText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return isObject(value) && typeof value["content"] === "string" ? value["content"] : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
