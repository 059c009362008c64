/** Errors in words: left out, swapped, misspelt, split. As nlpaug 1.1 (augmenter/word), with its default arguments. */
import { readFileSync } from "node:fs";
import type { RandomStream } from "../../../base/random.ts";
import {
  capitalize,
  caseOf,
  changeCount,
  draw,
  joinTokens,
  likeCase,
  neighbour,
  placesOf,
  tokensOf,
} from "./tokens.ts";

export type Change = (text: string, random: RandomStream) => string;

/** ASCII's punctuation is never changed as a word. */
const isPunctuation = (token: string): boolean => /^[!-/:-@[-`{-~]$/.test(token);

/** Places of the words that change, in an order by lot. */
const drawWords = (tokens: readonly string[], random: RandomStream, fit: (token: string) => boolean = () => true) =>
  draw(
    placesOf(tokens, (token) => !isPunctuation(token) && fit(token)),
    changeCount(tokens.length),
    random,
  );

export const deleteWords: Change = (text, random) => {
  const tokens = tokensOf(text);
  const drawn = drawWords(tokens, random);
  if (drawn.length === 0 || tokens.length < 2) return text;
  const changed = [...tokens];
  for (const place of drawn.sort((a, b) => b - a)) {
    changed[place] = "";
    // The second word begins the text then, and stays, whatever was drawn before.
    if (place === 0) changed[1] = likeCase(tokens[0] as string, tokens[1] as string);
  }
  return joinTokens(changed);
};

export const swapWords: Change = (text, random) => {
  const tokens = [...tokensOf(text)];
  const drawn = drawWords(tokens, random);
  if (drawn.length === 0 || tokens.length < 2) return text;
  for (const place of drawn) swap(tokens, place, neighbour(place, tokens.length - 1, random));
  return joinTokens(tokens);
};

/** At the beginning of a text the capital stays where it is. */
function swap(tokens: string[], one: number, other: number): void {
  const [a, b] = [tokens[one] as string, tokens[other] as string];
  if (one !== 0 && other !== 0) {
    [tokens[one], tokens[other]] = [b, a];
    return;
  }
  const [first, second] = one === 0 ? [a, b] : [b, a];
  const goesSecond = caseOf(first) === "capitalize" ? first.toLowerCase() : first;
  const wantsCapital =
    one === 0 ? caseOf(first) === "capitalize" && caseOf(second) === "lower" : caseOf(second) === "lower";
  const goesFirst = wantsCapital ? capitalize(second) : second;
  tokens[0] = goesFirst === "i" ? "I" : goesFirst;
  tokens[one === 0 ? other : one] = goesSecond === "i" ? "I" : goesSecond;
}

const SHORTEST_SPLIT = 4;

export const splitWords: Change = (text, random) => {
  const tokens = tokensOf(text);
  const drawn = drawWords(tokens, random, (token) => Array.from(token).length >= SHORTEST_SPLIT);
  if (drawn.length === 0) return text;
  const cut = new Set(drawn);
  return joinTokens(
    tokens.flatMap((token, place) => {
      if (!cut.has(place)) return [token];
      const characters = Array.from(token);
      // The last character never stands alone.
      const at = 1 + random.integer(characters.length - 2);
      return [characters.slice(0, at).join(""), characters.slice(at).join("")];
    }),
  );
};

let known: ReadonlyMap<string, readonly string[]> | undefined;

/** What each word is mistaken for, both ways: a misspelling for its word too. */
function misspellings(): ReadonlyMap<string, readonly string[]> {
  if (known !== undefined) return known;
  const file = new URL("../../../../assets/data/words/misspellings_en.txt", import.meta.url);
  const sets = new Map<string, Set<string>>();
  const add = (word: string, other: string): void => {
    const set = sets.get(word);
    if (set === undefined) sets.set(word, new Set([other]));
    else set.add(other);
  };
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [word = "", ...wrong] = line.split(" ");
    for (const other of wrong) {
      add(word, other);
      add(other, word);
    }
  }
  known = new Map([...sets].map(([word, others]) => [word, [...others]]));
  return known;
}

export const misspellWords: Change = (text, random) => {
  const table = misspellings();
  const tokens = tokensOf(text);
  const drawn = new Set(drawWords(tokens, random, (token) => table.has(token)));
  if (drawn.size === 0) return text;
  return joinTokens(
    tokens.map((token, place) => {
      if (!drawn.has(place)) return token;
      const others = table.get(token) ?? [token];
      const other = others[random.integer(others.length)] as string;
      return place === 0 ? likeCase(token, other) : other;
    }),
  );
};
