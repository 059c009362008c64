/**
 * Classes of characters as Data-Juicer counts them: letters and numbers are those of Python's `isalpha` and `isalnum`,
 * special ones its set of punctuation, digits, blanks, symbols and emoji (data_juicer/ops/common/special_characters.py,
 * with emoji 2.2). A character is a code point, as in Python, not a UTF-16 unit.
 */
import { defineView } from "../view.ts";
import { unitsOf } from "./units.ts";

/** Bits of a class. */
const LETTER = 1;
const NUMBER = 2;
export const SPECIAL = 4;
/** What words are cut at: spaces, tabs and line ends. */
export const BLANK = 8;
/** What ends a line in Python. */
const LINE_END = 16;
/** The first half of a pair of UTF-16 units. */
export const SURROGATE = 32;

/** Code points in hexadecimal, alone or as a range. */
const specialRanges =
  "9-d 20-40 5b-60 7b-7e 81-85 91-93 95-99 9c-9d a1-ab ad-b4 b7-bf d7 f7-f8 131 26a 2ba-2bc 2c8 2cc 2d0 2d8 2da " +
  "2dc 3c0 413 60c 647 66a 66c 6e9 93e 940 947 94d 97d 9be e51 2002-2003 2005 2008-200b 2010-2011 2013-2016 " +
  "2018-201a 201c-2020 2022 2024 2026 202f-2030 2032-2033 2039-203a 203c 203f 2043-2044 2049 20a8 20aa 20ac 2103 " +
  "2122 2139 2190-2199 21a9-21aa 21d3 2206 2208 2212 221a 221e-221f 223c 2248 2256 2264-2265 2295 22c5 231a-231b " +
  "2328 23cf 23e9-23f3 23f8-23fa 24c2 2550 25a0 25aa-25ac 25b2 25b4 25b6-25b7 25ba-25bc 25c0 25c6 25cf 25e6 " +
  "25fb-25fe 2600-2606 260e 2611 2614-2615 2618 261b 261d 2620 2622-2623 2626 262a 262e-262f 2638-263b 2640 2642 " +
  "2648-2653 265f-2661 2663 2665-2666 2668 266b 267b 267e-267f 2692-2697 2699 269b-269c 26a0-26a1 26a7 26aa-26ab " +
  "26b0-26b1 26bd-26be 26c4-26c5 26c8 26ce-26cf 26d1 26d3-26d4 26e9-26ea 26f0-26f5 26f7-26fa 26fd 2702 2705 " +
  "2708-270d 270f 2712-2714 2716 271d 2721 2726 2728 2731 2733-2734 2744 2747 274c 274e 2753-2757 2763-2764 " +
  "2795-2797 27a1 27a4 27a9 27b0 27bf 2800 2934-2935 2b05-2b07 2b1b-2b1c 2b50 2b55 3000-3002 300a-300d 3010-3011 " +
  "3030 303d 309c 30b7 30c3-30c4 30f3 30fb-30fc 3297 3299 4e00 4e0a 58eb fd3e-fd3f feff ff01 ff08-ff09 ff0c ff0e " +
  "ff11 ff1a-ff1b ff1f ff3e ff5e fffc-fffd 1f004 1f0cf 1f170-1f171 1f17e-1f17f 1f18e 1f191-1f19a 1f201-1f202 " +
  "1f21a 1f22f 1f232-1f23a 1f250-1f251 1f300-1f321 1f324-1f393 1f396-1f397 1f399-1f39b 1f39e-1f3f0 1f3f3-1f3f5 " +
  "1f3f7-1f4fd 1f4ff-1f53d 1f549-1f54e 1f550-1f567 1f56f-1f570 1f573-1f57a 1f587 1f58a-1f58d 1f590 1f595-1f596 " +
  "1f5a4-1f5a5 1f5a8 1f5b1-1f5b2 1f5bc 1f5c2-1f5c4 1f5d1-1f5d3 1f5dc-1f5de 1f5e1 1f5e3 1f5e8 1f5ef 1f5f3 " +
  "1f5fa-1f64f 1f680-1f6c5 1f6cb-1f6d2 1f6d5-1f6d7 1f6dc-1f6e5 1f6e9 1f6eb-1f6ec 1f6f0 1f6f3-1f6fc 1f7e0-1f7eb " +
  "1f7f0 1f90c-1f93a 1f93c-1f945 1f947-1f9ff 1fa70-1fa7c 1fa80-1fa88 1fa90-1fabd 1fabf-1fac5 1face-1fadb " +
  "1fae0-1fae8 1faf0-1faf8 ";

const special: ReadonlySet<number> = new Set(
  specialRanges
    .trim()
    .split(" ")
    .flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map((digits) => Number.parseInt(digits, 16));
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    }),
);

const isLetter = /\p{L}/u;
const isNumber = /\p{N}/u;

function classify(code: number): number {
  const character = String.fromCodePoint(code);
  const letter = isLetter.test(character) ? LETTER : 0;
  const number = isNumber.test(character) ? NUMBER : 0;
  return letter | number | (special.has(code) ? SPECIAL : 0);
}

/** Classes of the code points below 0x10000, which nearly all texts are made of. */
export const classes = makeClasses();

function makeClasses(): Uint8Array {
  const made = new Uint8Array(0x10000);
  const add = (code: number, bit: number): void => {
    made[code] = (made[code] as number) | bit;
  };
  const all = String.fromCharCode(...Array.from({ length: 0x8000 }, (_, code) => code));
  const rest = String.fromCharCode(...Array.from({ length: 0x8000 }, (_, code) => 0x8000 + code));
  // One search over all is faster than a test of each.
  for (const [text, first] of [
    [all, 0],
    [rest, 0x8000],
  ] as const) {
    for (const { index, 0: run } of text.matchAll(/\p{L}+/gu)) {
      for (let i = 0; i < run.length; i++) add(first + index + i, LETTER);
    }
    for (const { index, 0: run } of text.matchAll(/\p{N}+/gu)) {
      for (let i = 0; i < run.length; i++) add(first + index + i, NUMBER);
    }
  }
  for (const code of special) if (code < 0x10000) add(code, SPECIAL);
  for (const code of [0x09, 0x0a, 0x20]) add(code, BLANK);
  for (const code of [0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029]) add(code, LINE_END);
  for (let code = 0xd800; code < 0xdc00; code++) add(code, SURROGATE);
  return made;
}

export const classOf = (code: number): number => (code < 0x10000 ? (classes[code] as number) : classify(code));

const isSpecial = (code: number): boolean => (classOf(code) & SPECIAL) !== 0;

export interface CharacterCounts {
  readonly length: number;
  readonly letters: number;
  /** Letters and numbers. */
  readonly alphanumeric: number;
  readonly special: number;
  /** Words between blanks that are not of special characters alone. */
  readonly words: number;
  /** Lines as `str.splitlines` of Python cuts them, and the length of the longest without its end. */
  readonly lines: number;
  readonly longestLine: number;
}

const [LF, CR] = [0x0a, 0x0d];

/** Counts of one pass over a text, in code points. */
export const characterCounts = defineView("characterCounts", (text): CharacterCounts => {
  const units = unitsOf(text);
  let [length, letters, alphanumeric, specials] = [0, 0, 0, 0];
  let [words, inWord, lines, lineStart, longestLine] = [0, 0, 0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const unit = units[i] as number;
    let found = classes[unit] as number;
    if ((found & (LINE_END | SURROGATE)) !== 0) {
      if ((found & LINE_END) !== 0) {
        if (unit !== LF || i === 0 || units[i - 1] !== CR) {
          lines++;
          longestLine = Math.max(longestLine, length - lineStart);
        }
        lineStart = length + 1;
      } else {
        const code = text.codePointAt(i) as number;
        if (code > 0xffff) {
          found = classOf(code);
          i++;
        }
      }
    }
    length++;
    letters += found & 1;
    alphanumeric += (found | (found >> 1)) & 1;
    const special = (found >> 2) & 1;
    specials += special;
    // A word counts with its first character that is not special.
    words += (special | inWord) ^ 1;
    inWord = (inWord | (special ^ 1)) & ~(found >> 3);
  }
  if (length > lineStart) {
    lines++;
    longestLine = Math.max(longestLine, length - lineStart);
  }
  return { length, letters, alphanumeric, special: specials, words, lines, longestLine };
});

/** Number of code points: `len` of Python. */
export function countCharacters(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00 && (text.codePointAt(i) as number) > 0xffff) {
      pairs++;
      i++;
    }
  }
  return text.length - pairs;
}

/** A word without special characters at its ends. */
export function stripSpecial(word: string): string {
  let start = 0;
  let end = word.length;
  while (start < end) {
    const code = word.codePointAt(start) as number;
    if (!isSpecial(code)) break;
    start += code > 0xffff ? 2 : 1;
  }
  while (end > start) {
    const low = word.charCodeAt(end - 1);
    const code = low >= 0xdc00 && low < 0xe000 && end - 2 >= start ? (word.codePointAt(end - 2) as number) : low;
    const wide = code > 0xffff;
    if (!isSpecial(wide ? code : low)) break;
    end -= wide ? 2 : 1;
  }
  return start === 0 && end === word.length ? word : word.slice(start, end);
}
