/** The recipes that both sides run, as one YAML each. Lists of words are the same files for both. */

const bounds = {
  alphanumeric_filter: ["min_ratio: 0.6"],
  average_line_length_filter: ["min_len: 10", "max_len: 2000"],
  maximum_line_length_filter: ["min_len: 10", "max_len: 5000"],
  character_repetition_filter: ["rep_len: 10", "max_ratio: 0.4"],
  word_repetition_filter: ["rep_len: 10", "max_ratio: 0.4"],
  special_characters_filter: ["max_ratio: 0.4"],
  text_length_filter: ["min_len: 100", "max_len: 20000"],
  words_num_filter: ["min_num: 20", "max_num: 5000"],
  stopwords_filter: ["min_ratio: 0.1"],
  flagged_words_filter: ["max_ratio: 0.045"],
} as const;

type FilterName = keyof typeof bounds;

const filterNames = Object.keys(bounds) as readonly FilterName[];

const folders: Partial<Record<FilterName, string>> = {
  stopwords_filter: "stopwords_dir",
  flagged_words_filter: "flagged_words_dir",
};

const entry = (name: string, args: readonly string[]): string =>
  [`  - ${name}:`, ...args.map((arg) => `      ${arg}`)].join("\n");

const process = (entries: readonly string[]): string => `process:\n${entries.join("\n")}\n`;

/** All rule-based filters of texts that need no download. `words`: folder of the lists of words. */
const filtersRecipe = (words: string): string =>
  process(filterNames.map((name) => entry(name, [...bounds[name], ...folderArg(name, words)])));

/** The same filters with bounds that nothing is outside of: statistics of every row. */
export const measureRecipe = (words: string): string =>
  process(
    filterNames.map((name) => {
      const kept = bounds[name].filter((arg) => arg.startsWith("rep_len"));
      const names = new Set(bounds[name].flatMap((arg) => /^m(?:in|ax)_(\w+)/.exec(arg)?.[1] ?? []));
      const open = [...names].flatMap((one) => [`min_${one}: 0`, `max_${one}: 1000000000`]);
      return entry(name, [...kept, ...open, ...folderArg(name, words)]);
    }),
  );

const folderArg = (name: FilterName, words: string): readonly string[] => {
  const folder = folders[name];
  return folder === undefined ? [] : [`${folder}: ${words}`];
};

/** Mappers, some filters, and near duplicates at the end. */
const mixedRecipe = (): string =>
  process([
    entry("whitespace_normalization_mapper", []),
    entry("punctuation_normalization_mapper", []),
    entry("clean_links_mapper", []),
    entry("clean_email_mapper", []),
    ...(
      ["alphanumeric_filter", "special_characters_filter", "words_num_filter", "character_repetition_filter"] as const
    ).map((name) => entry(name, bounds[name])),
    entry("document_minhash_deduplicator", [
      "tokenization: space",
      "window_size: 5",
      "num_permutations: 256",
      "jaccard_threshold: 0.7",
    ]),
  ]);

/** Equal texts. */
const exactRecipe = (): string => process([entry("document_deduplicator", ["lowercase: true"])]);

export const recipes = { filters: filtersRecipe, mixed: mixedRecipe, exact: exactRecipe } as const;

export type RecipeName = keyof typeof recipes;
