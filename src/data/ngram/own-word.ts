/**
 * A word that keeps no larger text alive. V8 makes of a long piece of a string a view of the whole: a vocabulary of such
 * pieces would hold all texts that it was ever shown.
 */
const SHORTEST_VIEW = 13;

export const ownWord = (word: string): string =>
  word.length < SHORTEST_VIEW ? word : Buffer.from(word, "utf16le").toString("utf16le");
