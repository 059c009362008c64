import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLook } from "../view.ts";
import { characterCounts, stripSpecial } from "./characters.ts";
import { createWordCounter, wordNumbers, wordTable } from "./word-table.ts";
import { refinedWords, splitLines, splitWords } from "./words.ts";

/** Letters, their upper case, blanks, line ends, special characters, pairs of units and halves of them. */
const texts = fc
  .array(
    fc.constantFrom(..."aAbBßØøΣσİ \n\t\r\u2028.,-!“’①😀𝒳é", "\u001c", "\ud83d", "\ude00", "\r\n", "the", " of "),
    {
      maxLength: 60,
    },
  )
  .map((parts) => parts.join(""));

const letters = "abcdefghijklmnopqrstuvwxyz";

const refined = (text: string): readonly string[] => createLook(text)(refinedWords);

describe("the table of words", () => {
  it("has the refined words, as numbers too", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const table = wordTable(text);
        const list = Array.from({ length: table.count }, (_, i) =>
          String.fromCharCode(...table.units.subarray(table.starts[i], table.ends[i])),
        );
        expect(list).toEqual(refined(text));
        const numbers = wordNumbers(table);
        expect([...numbers.subarray(0, table.count)]).toEqual(list.map((word) => list.indexOf(word)));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("counts words of a list", () => {
    const list = new Set(["the", "of", "a", "ab", "😀", "σ", "i̇"]);
    const count = createWordCounter(list);
    fc.assert(
      fc.property(texts, (text) => {
        expect(count(wordTable(text))).toBe(refined(text).filter((word) => list.has(word)).length);
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  it("takes more words than there is room for, and short texts after long ones", () => {
    const long = Array.from(
      { length: 400_000 },
      (_, i) => `w${letters[i % 26]}${letters[Math.floor(i / 26) % 26]}`,
    ).join(" ");
    for (const text of ["one two one", long, "Two, one. two"]) {
      const table = wordTable(text);
      expect(table.count).toBe(text.split(" ").length);
      expect(new Set(wordNumbers(table).subarray(0, table.count)).size).toBe(text === long ? 676 : 2);
    }
  });
});

describe("the counts of one pass", () => {
  it("are those of the words and lines one by one", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const look = createLook(text);
        const counts = look(characterCounts);
        const characters = [...text];
        expect(counts.length).toBe(characters.length);
        expect(counts.letters).toBe(characters.filter((character) => /\p{L}/u.test(character)).length);
        expect(counts.alphanumeric).toBe(characters.filter((character) => /[\p{L}\p{N}]/u.test(character)).length);
        expect(counts.lines).toBe(splitLines(text).length);
        expect(counts.longestLine).toBe(Math.max(0, ...splitLines(text).map((line) => [...line].length)));
        expect(counts.words).toBe(splitWords(text).filter((word) => stripSpecial(word) !== "").length);
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});
