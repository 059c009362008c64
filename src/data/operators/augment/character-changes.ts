/**
 * Errors in characters: the key beside, a character that looks alike, left out, swapped, put in. As nlpaug 1.1
 * (augmenter/char), with its default arguments: three words in ten, and of each three characters in ten.
 */
import type { RandomStream } from "../../../base/random.ts";
import { changeCount, draw, joinTokens, neighbour, placesOf, tokensOf } from "./tokens.ts";
import type { Change } from "./word-changes.ts";

/** Changes the characters of one word at places drawn by lot. */
type WordChange = (characters: readonly string[], places: readonly number[], random: RandomStream) => string;

interface CharacterChange {
  /** Characters of the shortest word that changes. */
  readonly shortest: number;
  /** Least characters that change in a word. */
  readonly least?: number;
  readonly fit?: (character: string) => boolean;
  readonly change: WordChange;
}

function define({ shortest, least = 1, fit = () => true, change }: CharacterChange): Change {
  return (text, random) => {
    const tokens = tokensOf(text);
    const long = placesOf(tokens, (token) => Array.from(token).length >= shortest);
    const drawn = new Set(draw(long, changeCount(tokens.length), random));
    return joinTokens(
      tokens.map((token, place) => {
        if (!drawn.has(place)) return token;
        const characters = Array.from(token);
        const places = draw(placesOf(characters, fit), changeCount(characters.length, least), random);
        return change(characters, places, random);
      }),
    );
  };
}

const pick = (list: readonly string[], random: RandomStream): string => list[random.integer(list.length)] as string;

function substitute(table: ReadonlyMap<string, readonly string[]>, shortest: number, least: number): Change {
  return define({
    shortest,
    least,
    fit: (character) => table.has(character),
    change: (characters, places, random) =>
      characters
        .map((character, place) =>
          places.includes(place) ? pick(table.get(character) ?? [character], random) : character,
        )
        .join(""),
  });
}

/** Keys of a QWERTY keyboard and those around each, shifted or not; each list is a key and its neighbours. */
const keys =
  "1!2@qw 2@1!3#qwe 3#2@4$we 4$3#5%er 5%4$6^rty 6^5%7&tyu 7&6^8*yui 8*7&9(uio 9(8*0)iop !@q @!#qw #@$we $#%er %$ " +
  "q1!2@was w1!2@3#qeasd e2@3#4$wrsdf r3#4$5%etdfg t4$5%6^ryfgh y5%6^7&tughj u6^7&8*tihjk i7&8*9(uojkl o8*9(0)ipkl " +
  "p9(0)ol aqwaszx sqweadzxc dwersfxcv fertdgcvb grtyfhvbn htyugjbnm jyuihknm,< kuiojlm,<.> liopk;:,<.>/? zasx xasdzc " +
  "csdfxv vdfgcb bfghvn nghjbm mhjkn,<";

const keyboard: ReadonlyMap<string, readonly string[]> = new Map(
  keys.split(" ").flatMap((list) => {
    const [key = "", ...around] = list;
    const both = [...new Set(around.flatMap((other) => [other, other.toUpperCase()]))];
    return [...new Set([key, key.toUpperCase()])].map((one) => [one, both.filter((other) => other !== one)] as const);
  }),
);

/** Characters that recognition takes for one another; each list is a character and what it is taken for. */
const alike = "089oOD 147lI 2zZ 58 6b 8sS@& 9gq ou rk CG ODU EB";

const recognition = new Map<string, readonly string[]>();
for (const [one = "", ...others] of alike.split(" ")) {
  recognition.set(one, [...new Set([...(recognition.get(one) ?? []), ...others])]);
  for (const other of others) recognition.set(other, [...new Set([...(recognition.get(other) ?? []), one])]);
}

export const keyboardErrors = substitute(keyboard, 4, 1);
export const recognitionErrors = substitute(recognition, 1, 2);

export const deleteCharacters = define({
  shortest: 4,
  change: (characters, places) => characters.filter((_, place) => !places.includes(place)).join(""),
});

/** Capitals stay at their places. */
export const swapCharacters = define({
  shortest: 4,
  change: (given, places, random) => {
    const characters = [...given];
    for (const one of places) {
      const other = neighbour(one, characters.length - 1, random);
      const [a, b] = [characters[one] as string, characters[other] as string];
      characters[one] = inCaseOf(a, b);
      characters[other] = inCaseOf(b, a);
    }
    return characters.join("");
  },
});

const inCaseOf = (model: string, character: string): string =>
  model !== model.toLowerCase() && model === model.toUpperCase() ? character.toUpperCase() : character.toLowerCase();

const inserted = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*()_+"];

export const insertCharacters = define({
  shortest: 4,
  change: (characters, places, random) =>
    characters
      .map((character, place) => (places.includes(place) ? pick(inserted, random) + character : character))
      .join(""),
});
