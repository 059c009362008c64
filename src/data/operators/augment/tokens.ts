/** How texts are cut for changes and put together again: nlpaug 1.1 (util/text/tokenizer.py, word_augmenter.py). */
import type { RandomStream } from "../../../base/random.ts";
import { pythonBlank, strip } from "../text/python-strings.ts";

const separator = /([^\p{L}\p{N}_])/u;

/** Words, and each other character that is no blank. */
export const tokensOf = (text: string): readonly string[] =>
  text.split(separator).filter((token) => strip(token) !== "");

const blank = `[${pythonBlank}]`;
const joints = [
  [new RegExp(`${blank}([.,:;?!%]+)([ '"\`])`, "g"), "$1$2"],
  [new RegExp(`${blank}([.,:;?!%]+)$`, "g"), "$1"],
  [new RegExp(`${blank}([[({<])${blank}`, "g"), " $1"],
  [new RegExp(`${blank}([\\])}>])${blank}`, "g"), "$1 "],
] as const;

/** One text with blanks between tokens, but for those that close up. Empty tokens are left out. */
export const joinTokens = (tokens: readonly string[]): string =>
  strip(
    joints.reduce(
      (text, [found, written]) => text.replaceAll(found, written),
      tokens.filter((token) => token !== "").join(" "),
    ),
  );

/** How many of `size` things change: three in ten, but no fewer and no more than this. */
export const changeCount = (size: number, least = 1): number => Math.min(10, Math.max(least, Math.ceil(0.3 * size)));

/** So many of a list, or all when it is shorter, in an order by lot. */
export function draw<T>(list: readonly T[], count: number, random: RandomStream): T[] {
  const left = [...list];
  return Array.from({ length: Math.min(count, left.length) }, (_, i) => {
    const at = i + random.integer(left.length - i);
    const drawn = left[at] as T;
    left[at] = left[i] as T;
    return drawn;
  });
}

/** Places of a list of which something holds. */
export const placesOf = <T>(list: readonly T[], holds: (value: T) => boolean): readonly number[] =>
  list.flatMap((value, place) => (holds(value) ? [place] : []));

export type WordCase = "empty" | "capitalize" | "upper" | "lower" | "mixed" | "unknown";

const hasCase = (text: string): boolean => text.toLowerCase() !== text.toUpperCase();
const isUpper = (text: string): boolean => hasCase(text) && text === text.toUpperCase();
const isLower = (text: string): boolean => hasCase(text) && text === text.toLowerCase();

/** A single capital counts as a word that begins with one. */
export function caseOf(word: string): WordCase {
  const [first, ...rest] = word;
  if (first === undefined) return "empty";
  if (isUpper(word)) return rest.length === 0 ? "capitalize" : "upper";
  if (isLower(word)) return "lower";
  if (rest.some(isUpper)) return "mixed";
  return isUpper(first) ? "capitalize" : "unknown";
}

export const capitalize = (word: string): string => {
  const [first = "", ...rest] = word;
  return first.toUpperCase() + rest.join("").toLowerCase();
};

/** The second word with a capital, when the first has one and it has none. */
export const likeCase = (model: string, word: string): string =>
  caseOf(model) === "capitalize" && caseOf(word) === "lower" ? capitalize(word) : word;

/** Of a character beside another: the one before it or behind it. */
export function neighbour(place: number, last: number, random: RandomStream): number {
  if (place === 0) return 1;
  if (place === last) return place - 1;
  return place + (random.integer(2) === 0 ? -1 : 1);
}
