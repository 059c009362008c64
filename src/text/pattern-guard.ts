/**
 * The regular expressions of a tokenizer.json are run by @huggingface/tokenizers: those that could take for ever are
 * run under a time limit. The well-known ones are not, which cost nothing more than before.
 */
import { fail } from "../base/errors.ts";
import { inTime, isLinear } from "../base/in-time.ts";

/** Runs work on a text of so many characters. @throws E_TEXT_TOKENIZER when it takes too long */
export type PatternGuard = <Value>(characters: number, work: () => Value) => Value;

const LIMIT_MS = 5000;
const LIMIT_MS_EACH_CHARACTER = 0.005;

const known = new Set([
  // GPT-2
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  // Llama 3
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
  // Qwen 2
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
]);

export function patternGuard(definition: Readonly<Record<string, unknown>>, where: string): PatternGuard {
  const patterns = ["normalizer", "pre_tokenizer", "decoder"].flatMap((part) => patternsIn(definition[part]));
  const doubtful = [...new Set(patterns)].filter((pattern) => !known.has(pattern) && !isLinear(pattern));
  if (doubtful.length === 0) return (_, work) => work();
  return (characters, work) =>
    inTime(work, LIMIT_MS + characters * LIMIT_MS_EACH_CHARACTER, () =>
      fail("E_TEXT_TOKENIZER", {
        where,
        what: `A regular expression does not end on a text of ${characters} characters; it is ${some(doubtful)}.`,
      }),
    );
}

const some = (patterns: readonly string[]): string =>
  patterns
    .map((pattern) => JSON.stringify(pattern.length > 200 ? `${pattern.slice(0, 200)}...` : pattern))
    .join(" or ");

function patternsIn(step: unknown): string[] {
  if (typeof step !== "object" || step === null) return [];
  return Object.entries(step).flatMap(([key, value]) =>
    key === "Regex" && typeof value === "string" ? [value] : patternsIn(value),
  );
}
