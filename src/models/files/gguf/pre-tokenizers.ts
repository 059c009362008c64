/**
 * How text is cut before byte pairs are merged, by `tokenizer.ggml.pre`. Each entry is what the published
 * tokenizer.json of the model has that llama.cpp names so. An unknown name is refused: another cut gives other ids.
 */
import type { JsonObject } from "../../config-reader.ts";

export interface PreTokenizer {
  readonly pre_tokenizer: JsonObject;
  readonly normalizer: JsonObject | null;
  /** Words that are in the vocabulary are taken whole, whatever the merges say. */
  readonly ignoreMerges: boolean;
  /** What the file means when it does not say whether a text begins with the beginning token. */
  readonly addBos: boolean;
}

const byteLevel = (useRegex: boolean): JsonObject => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});
const split = (pattern: string): JsonObject => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Isolated",
  invert: false,
});
const sequence = (...pretokenizers: readonly JsonObject[]): JsonObject => ({ type: "Sequence", pretokenizers });
const digits: JsonObject = { type: "Digits", individual_digits: true };

interface Options {
  readonly normalizer?: JsonObject;
  readonly ignoreMerges?: boolean;
  readonly addBos?: boolean;
}

function cut(
  pretokenizer: JsonObject,
  { normalizer, ignoreMerges = false, addBos = false }: Options = {},
): PreTokenizer {
  return { pre_tokenizer: pretokenizer, normalizer: normalizer ?? null, ignoreMerges, addBos };
}

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const spaces = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const signs = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*`;
const words = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`;
const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const cased = (end: string): string =>
  String.raw`[^\r\n\p{L}\p{N}]?${upper}*${lower}+${end}|[^\r\n\p{L}\p{N}]?${upper}+${lower}*${end}`;
const slashSigns = String.raw` ?[^\s\p{L}\p{N}]+[\r\n/]*`;

const gpt2 = cut(byteLevel(true));
const starcoder = cut(sequence(digits, byteLevel(true)));
const llama3Cut = sequence(split(String.raw`${contractions}|${words}|\p{N}{1,3}|${signs}|${spaces}`), byteLevel(false));
const llama3 = cut(llama3Cut, { ignoreMerges: true, addBos: true });
const qwen2Cut = sequence(split(String.raw`${contractions}|${words}|\p{N}|${signs}|${spaces}`), byteLevel(false));
const qwen2 = cut(qwen2Cut, { normalizer: { type: "NFC" } });
const qwen35 = cut(
  sequence(
    split(String.raw`${contractions}|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|${spaces}`),
    byteLevel(false),
  ),
  { normalizer: { type: "NFC" } },
);
const tekken = cut(sequence(split(String.raw`${cased("")}|\p{N}|${slashSigns}|${spaces}`), byteLevel(false)), {
  ignoreMerges: true,
  addBos: true,
});
const gpt4o = cut(
  sequence(split(String.raw`${cased(`${contractions}?`)}|\p{N}{1,3}|${slashSigns}|${spaces}`), byteLevel(false)),
  { ignoreMerges: true },
);
const deepseek3 = cut(
  sequence(
    split(String.raw`\p{N}{1,3}`),
    split("[一-龥぀-ゟ゠-ヿ]+"),
    split(
      String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_${"`"}{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+` +
        String.raw`| ?[\p{P}\p{S}]+[\r\n]*|${spaces}`,
    ),
    byteLevel(false),
  ),
  { addBos: true },
);

export const preTokenizers: Readonly<Record<string, PreTokenizer>> = {
  "gpt-2": gpt2,
  mpt: gpt2,
  olmo: gpt2,
  jais: gpt2,
  "phi-2": gpt2,
  "roberta-bpe": gpt2,
  "granite-docling": gpt2,
  smollm: starcoder,
  starcoder,
  refact: starcoder,
  "command-r": starcoder,
  codeshell: starcoder,
  exaone: starcoder,
  "minerva-7b": starcoder,
  "llama-bpe": llama3,
  llama3,
  "llama-v3": llama3,
  falcon3: llama3,
  "falcon-h1": llama3,
  pixtral: llama3,
  "midm-2.0": llama3,
  lfm2: llama3,
  "smaug-bpe": cut(llama3Cut),
  dbrx: cut(llama3Cut),
  glm4: cut(llama3Cut),
  "chatglm-bpe": cut(llama3Cut),
  qwen2,
  "deepseek-r1-qwen": qwen2,
  megrez: qwen2,
  hunyuan: cut(qwen2Cut),
  stablelm2: cut(qwen2Cut),
  qwen35,
  tekken,
  "gpt-4o": gpt4o,
  llama4: gpt4o,
  kanana2: gpt4o,
  "deepseek-v3": deepseek3,
};
