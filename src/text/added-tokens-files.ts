/**
 * Added and named tokens of tokenizer.json beside those of tokenizer_config.json (`added_tokens_decoder`, `eos_token` and
 * the like), added_tokens.json and special_tokens_map.json. Where they say different things, the rules are those of
 * transformers 5 (tokenization_utils_base.py, `_from_pretrained`; tokenization_utils_tokenizers.py, `__init__`):
 *
 * - `added_tokens_decoder` counts where it is there: its flags win over those of tokenizer.json, and what tokenizer.json
 *   lacks is added behind the vocabulary, in the order of the ids it states, whatever these are;
 * - without it, special_tokens_map.json wins over the names of tokenizer_config.json, and added_tokens.json is read, but
 *   for tokens whose id tokenizer.json gives to another one;
 * - a token that is named (as `eos_token` or an extra special one) and is no added token becomes one.
 *
 * What contradicts is told with both values. Left out: that transformers forgets a name which special_tokens_map.json
 * alone has beside `added_tokens_decoder`.
 */
import { isDeepStrictEqual } from "node:util";

type Json = Readonly<Record<string, unknown>>;

export interface TokenFiles {
  /** tokenizer_config.json */
  readonly config: Json;
  /** special_tokens_map.json */
  readonly map: Json;
  /** added_tokens.json */
  readonly added: Json;
}

export interface SettledTokens {
  /** tokenizer.json with `added_tokens` as all files together say; `from` is the file of those that it lacks. */
  readonly definition: Json;
  /** What is written under a name such as `eos_token`. */
  readonly named: Json;
  /** To be shown once. */
  readonly notices: readonly string[];
}

const flags = ["single_word", "lstrip", "rstrip", "normalized"] as const;
const names = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] as const;
const extraNames = ["additional_special_tokens", "extra_special_tokens"] as const;

interface Entry extends Readonly<Record<(typeof flags)[number], boolean>> {
  readonly id: number | undefined;
  readonly content: string;
  readonly special: boolean;
  readonly from?: string;
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function entryOf(value: unknown, more: Partial<Entry> = {}): Entry | undefined {
  const json = typeof value === "string" ? { content: value } : value;
  if (!isObject(json) || typeof json["content"] !== "string") return undefined;
  const special = more.special ?? json["special"] === true;
  const flag = (key: (typeof flags)[number], otherwise: boolean): boolean =>
    typeof json[key] === "boolean" ? json[key] : otherwise;
  return {
    id: typeof json["id"] === "number" ? json["id"] : undefined,
    content: json["content"],
    single_word: flag("single_word", false),
    lstrip: flag("lstrip", false),
    rstrip: flag("rstrip", false),
    normalized: flag("normalized", !special),
    special,
    ...more,
  };
}

/** One definition of all files; a tokenizer.json whose `added_tokens` are no list is left as it is. */
export function settleTokens(definition: Json, { config, map, added }: TokenFiles): SettledTokens {
  const own = definition["added_tokens"] ?? [];
  const list: (Entry | undefined)[] = Array.isArray(own) ? own.map((value: unknown) => entryOf(value)) : [undefined];
  if (list.includes(undefined)) return { definition, named: { ...map, ...config }, notices: [] };
  const entries = list as Entry[];
  const notices: string[] = [];
  const decoder = config["added_tokens_decoder"];
  const named = isObject(decoder) ? { ...map, ...config } : { ...config, ...map };
  if (!isObject(decoder)) noteNames(config, map, notices);
  const extras = extraNames.flatMap((key) => extraTokens(named[key]));
  const specials = [...names.map((key) => named[key]), ...extras]
    .map((value) => entryOf(value, { special: true }))
    .filter((entry) => entry !== undefined);
  const isNamed = new Set(specials.map(({ content }) => content));
  const stated = isObject(decoder) ? fromDecoder(decoder) : fromAddedFile(added, { isNamed, entries, notices });

  const changed: string[] = [];
  const result = [...entries];
  for (const token of stated.sort((a, b) => (a.id ?? 0) - (b.id ?? 0))) {
    const at = result.findIndex(({ content }) => content === token.content);
    const before = result[at];
    if (before === undefined) {
      result.push({ ...token, special: token.special || isNamed.has(token.content) });
      continue;
    }
    if (before.id !== token.id) {
      notices.push(
        `added token ${JSON.stringify(token.content)} has id ${token.id} in ${token.from}, but ${before.id} in tokenizer.json; the latter counts, as in transformers`,
      );
    }
    const other = flags.filter((flag) => before[flag] !== token[flag]);
    const special = token.special || isNamed.has(token.content) || (before.special && !token.normalized);
    if (other.length > 0) {
      const values = other.map((flag) => `${flag} ${token[flag]}, not ${before[flag]}`).join(", ");
      changed.push(`${JSON.stringify(token.content)} (${values})`);
    }
    // The tokenizers library forgets no special token, but shows those that it finds in what the normalizer left.
    result[at] = { ...token, id: before.id, special };
  }
  if (changed.length > 0) {
    const more = changed.length > 2 ? ` and ${changed.length - 2} more` : "";
    notices.push(
      `${isObject(decoder) ? "tokenizer_config.json" : "added_tokens.json"} describes added tokens otherwise than tokenizer.json and counts, as in transformers: ${changed.slice(0, 2).join(", ")}${more}`,
    );
  }
  for (const token of specials) {
    if (!result.some(({ content }) => content === token.content))
      result.push({ ...token, id: undefined, from: "names" });
  }
  const same = result.length === entries.length && result.every((one, i) => isDeepStrictEqual(one, entries[i]));
  return { definition: same ? definition : { ...definition, added_tokens: result }, named, notices };
}

function extraTokens(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  return isObject(value) ? Object.values(value) : [];
}

function fromDecoder(decoder: Json): Entry[] {
  const from = "added_tokens_decoder of tokenizer_config.json";
  return Object.entries(decoder).flatMap(([id, value]) => entryOf(value, { id: Number(id), from }) ?? []);
}

function fromAddedFile(
  added: Json,
  { isNamed, entries, notices }: { isNamed: ReadonlySet<string>; entries: readonly Entry[]; notices: string[] },
): Entry[] {
  return Object.entries(added).flatMap(([content, id]) => {
    if (typeof id !== "number") return [];
    const holder = entries.find((entry) => entry.id === id);
    if (holder === undefined) {
      const special = isNamed.has(content);
      return entryOf(content, { id, special, normalized: !special, from: "added_tokens.json" }) ?? [];
    }
    if (holder.content !== content) {
      notices.push(
        `added_tokens.json gives id ${id} to ${JSON.stringify(content)}, tokenizer.json to ${JSON.stringify(holder.content)}; the latter counts, as in transformers, and ${JSON.stringify(content)} is no token`,
      );
    }
    return [];
  });
}

/** Names that both files have with different tokens. */
function noteNames(config: Json, map: Json, notices: string[]): void {
  for (const key of names) {
    const [mine, other] = [entryOf(config[key])?.content, entryOf(map[key])?.content];
    if (mine === undefined || other === undefined || mine === other) continue;
    notices.push(
      `${key} is ${JSON.stringify(mine)} in tokenizer_config.json, but ${JSON.stringify(other)} in special_tokens_map.json; the latter counts, as in transformers`,
    );
  }
}
