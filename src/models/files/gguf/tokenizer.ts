/**
 * The tokenizer of a GGUF file as tokenizer.json and tokenizer_config.json. Two kinds: byte-level pairs ("gpt2") and
 * SentencePiece ("llama"), whose merges are worked out from the scores, as transformers' converters do
 * (integrations/gguf/gguf_tokenizer_mapping.py).
 *
 * Unlike transformers we follow `add_space_prefix`, the cuts of llama.cpp's names that it does not know (SmolLM's
 * single digits), special tokens written in letters beyond the byte alphabet (DeepSeek), and the whole words of Llama 3.
 */
import { fail } from "../../../base/errors.ts";
import type { TextFile } from "../../../text/tokenizer.ts";
import type { JsonObject } from "../../config-reader.ts";
import { mergesOfVocabulary } from "./merges.ts";
import type { GgufMetadata } from "./metadata.ts";
import { preTokenizers, type PreTokenizer } from "./pre-tokenizers.ts";

export interface GgufTokenizer {
  readonly files: readonly TextFile[];
  readonly notes: readonly string[];
}

/** `tokenizer.ggml.token_type`. */
const CONTROL = 3;
const USER_DEFINED = 4;

interface Vocabulary {
  readonly tokens: readonly string[];
  readonly types: ArrayLike<number> | undefined;
}

/** What a kind of tokenizer gives tokenizer.json. */
interface Parts {
  readonly normalizer: JsonObject | null;
  readonly pre_tokenizer: JsonObject | null;
  readonly decoder: JsonObject;
  readonly model: JsonObject;
  readonly vocab: Readonly<Record<string, number>>;
  readonly addBos: boolean;
  readonly notes: readonly string[];
}

/** @throws E_GGUF */
export function ggufTokenizer(metadata: GgufMetadata): GgufTokenizer {
  const { path } = metadata;
  const kind = metadata.optionalText("tokenizer.ggml.model");
  const vocabulary = readVocabulary(metadata);
  const build = { gpt2: byteLevelParts, llama: sentencePieceParts }[kind ?? ""];
  if (build === undefined) {
    return fail("E_GGUF", {
      where: path,
      what: `the tokenizer ${JSON.stringify(kind)} cannot be read from GGUF; gpt2 and llama can.`,
      fix: "Take the model as a Hugging Face folder instead.",
    });
  }
  const { normalizer, pre_tokenizer, decoder, model, vocab, addBos, notes } = build(metadata, vocabulary);
  const tokenOf = (key: string): string | undefined => {
    const id = metadata.optionalNumber(`tokenizer.ggml.${key}`);
    if (id === undefined) return undefined;
    return vocabulary.tokens[id] ?? fail("E_GGUF", { where: path, what: `${key} is ${id}, which is no token.` });
  };
  const bos = tokenOf("bos_token_id");
  const eos = tokenOf("eos_token_id");
  const unk = tokenOf("unknown_token_id");
  const pad = tokenOf("padding_token_id");
  const adds = {
    bos: (metadata.optionalFlag("tokenizer.ggml.add_bos_token") ?? addBos) && bos !== undefined,
    eos: (metadata.optionalFlag("tokenizer.ggml.add_eos_token") ?? false) && eos !== undefined,
  };
  const definition = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(vocabulary, vocab),
    normalizer,
    pre_tokenizer,
    post_processor: around(adds.bos ? bos : undefined, adds.eos ? eos : undefined, vocab),
    decoder,
    model: { ...model, ...(unk === undefined || kind !== "llama" ? {} : { unk_token: unk }) },
  };
  const config = {
    add_bos_token: adds.bos,
    add_eos_token: adds.eos,
    ...(bos === undefined ? {} : { bos_token: bos }),
    ...(eos === undefined ? {} : { eos_token: eos }),
    ...(unk === undefined ? {} : { unk_token: unk }),
    ...(pad === undefined ? {} : { pad_token: pad }),
    clean_up_tokenization_spaces: false,
    model_max_length: metadata.number(".context_length"),
    tokenizer_class: "PreTrainedTokenizerFast",
  };
  const files = [jsonFile("tokenizer.json", definition), jsonFile("tokenizer_config.json", config)];
  return { files: [...files, ...templates(metadata)], notes };
}

function readVocabulary(metadata: GgufMetadata): Vocabulary {
  const { path } = metadata;
  // An empty token cannot be told apart from another one; llama.cpp gives it such a name.
  const tokens = metadata.texts("tokenizer.ggml.tokens").map((token, i) => (token === "" ? `[EMPTY_${i}]` : token));
  const types = metadata.optionalNumbers("tokenizer.ggml.token_type");
  if (types !== undefined && types.length !== tokens.length) {
    fail("E_GGUF", { where: path, what: `${tokens.length} tokens have ${types.length} kinds.` });
  }
  return { tokens, types };
}

function numbered(tokens: readonly string[], path: string): Readonly<Record<string, number>> {
  // A token may be called "__proto__".
  const vocab = Object.create(null) as Record<string, number>;
  for (const [id, token] of tokens.entries()) {
    if (token in vocab) {
      fail("E_GGUF", {
        where: path,
        what: `the token ${JSON.stringify(token)} has two ids, ${vocab[token]} and ${id}.`,
      });
    }
    vocab[token] = id;
  }
  return vocab;
}

const isAdded = ({ types }: Vocabulary, id: number): boolean => types?.[id] === CONTROL || types?.[id] === USER_DEFINED;

function addedTokens(vocabulary: Vocabulary, vocab: Readonly<Record<string, number>>): readonly JsonObject[] {
  return vocabulary.tokens.flatMap((content, id) =>
    isAdded(vocabulary, id) && vocab[content] === id
      ? {
          id,
          content,
          single_word: false,
          lstrip: false,
          rstrip: false,
          normalized: false,
          special: vocabulary.types?.[id] === CONTROL,
        }
      : [],
  );
}

/** How GPT-2 writes the 256 bytes as letters. */
const byteLetters: readonly string[] = ((): readonly string[] => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const seen = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCodePoint(seen ? byte : next++);
  });
})();
const alphabet: ReadonlySet<string> = new Set(byteLetters);

function byteLevelParts(metadata: GgufMetadata, vocabulary: Vocabulary): Parts {
  const { path } = metadata;
  const encoder = new TextEncoder();
  const spelled = vocabulary.tokens.map((token, id) =>
    isAdded(vocabulary, id) || [...token].every((letter) => alphabet.has(letter))
      ? token
      : Array.from(encoder.encode(token), (byte) => byteLetters[byte]).join(""),
  );
  const { cut, notes } = findCut(metadata);
  const merges = metadata.texts("tokenizer.ggml.merges").map((merge) => {
    const at = merge.indexOf(" ", 1);
    if (at < 0) return fail("E_GGUF", { where: path, what: `the merge ${JSON.stringify(merge)} is no pair.` });
    return [merge.slice(0, at), merge.slice(at + 1)];
  });
  const vocab = numbered(spelled, path);
  return {
    normalizer: cut.normalizer,
    pre_tokenizer: cut.pre_tokenizer,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    vocab,
    addBos: cut.addBos,
    notes,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: cut.ignoreMerges,
      vocab,
      merges,
    },
  };
}

function findCut(metadata: GgufMetadata): { readonly cut: PreTokenizer; readonly notes: readonly string[] } {
  const name = metadata.optionalText("tokenizer.ggml.pre") ?? "default";
  if (name === "default") {
    const note = "the file does not say how text is cut before merging; taken as GPT-2 does it";
    return { cut: preTokenizers["gpt-2"] as PreTokenizer, notes: [note] };
  }
  const cut = Object.hasOwn(preTokenizers, name) ? preTokenizers[name] : undefined;
  if (cut !== undefined) return { cut, notes: [] };
  return fail("E_GGUF", {
    where: metadata.path,
    what: `text is cut in a way that is not known here (tokenizer.ggml.pre is ${JSON.stringify(name)}).`,
    fix: "Take the model as a Hugging Face folder instead.",
  });
}

function sentencePieceParts(metadata: GgufMetadata, vocabulary: Vocabulary): Parts {
  const { path } = metadata;
  const gemma = metadata.optionalText("general.architecture")?.startsWith("gemma") ?? false;
  // Gemma's runs of spaces are stored as spaces, but come from the text as the letter that stands for one.
  const tokens = gemma
    ? vocabulary.tokens.map((token) => (/^ +$/.test(token) ? "▁".repeat(token.length) : token))
    : vocabulary.tokens;
  const vocab = numbered(tokens, path);
  const given = metadata.optionalTexts("tokenizer.ggml.merges")?.map((merge) => merge.split(" "));
  const merges = given ?? mergesOfVocabulary(tokens, scoresOf(metadata, tokens, gemma));
  const prefix = !gemma && (metadata.optionalFlag("tokenizer.ggml.add_space_prefix") ?? true);
  const decoders = [
    { type: "Replace", pattern: { String: "▁" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
  ];
  return {
    normalizer: gemma ? { type: "Replace", pattern: { String: " " }, content: "▁" } : null,
    pre_tokenizer: gemma
      ? { type: "Split", pattern: { String: " " }, behavior: "MergedWithPrevious", invert: false }
      : { type: "Metaspace", replacement: "▁", prepend_scheme: prefix ? "first" : "never", split: false },
    decoder: {
      type: "Sequence",
      decoders: prefix ? [...decoders, { type: "Strip", content: " ", start: 1, stop: 0 }] : decoders,
    },
    vocab,
    addBos: true,
    notes: [],
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}

/** What orders the merges. Gemma's scores do not: its tokens lie in that order. */
function scoresOf(metadata: GgufMetadata, tokens: readonly string[], gemma: boolean): ArrayLike<number> {
  if (gemma) return tokens.map((_, id) => -id);
  const scores = metadata.optionalNumbers("tokenizer.ggml.scores");
  if (scores?.length === tokens.length) return scores;
  return fail("E_GGUF", {
    where: metadata.path,
    what: `${tokens.length} tokens have ${scores?.length ?? 0} scores and no merges.`,
  });
}

/** Beginning and end tokens around a text, as a post-processor. */
function around(
  bos: string | undefined,
  eos: string | undefined,
  vocab: Readonly<Record<string, number>>,
): JsonObject | null {
  const special = [bos, eos].filter((token) => token !== undefined);
  if (special.length === 0) return null;
  const piece = (token: string | undefined, type: number): readonly JsonObject[] =>
    token === undefined ? [] : [{ SpecialToken: { id: token, type_id: type } }];
  const part = (id: "A" | "B", type: number): readonly JsonObject[] => [
    ...piece(bos, type),
    { Sequence: { id, type_id: type } },
    ...piece(eos, type),
  ];
  return {
    type: "TemplateProcessing",
    single: part("A", 0),
    pair: [...part("A", 0), ...part("B", 1)],
    special_tokens: Object.fromEntries(special.map((id) => [id, { id, ids: [vocab[id]], tokens: [id] }])),
  };
}

function templates(metadata: GgufMetadata): readonly TextFile[] {
  const encoder = new TextEncoder();
  return metadata.keys.flatMap((key) => {
    const [, name] = /^tokenizer\.chat_template(?:\.([\w-]+))?$/.exec(key) ?? [undefined, key];
    if (name === key) return [];
    const text = metadata.optionalText(key) ?? "";
    const file = name === undefined ? "chat_template.jinja" : `additional_chat_templates/${name}.jinja`;
    return [{ name: file, bytes: encoder.encode(text) }];
  });
}

function jsonFile(name: string, value: unknown): TextFile {
  return { name, bytes: new TextEncoder().encode(`${JSON.stringify(value)}\n`) };
}
