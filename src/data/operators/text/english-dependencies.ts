/**
 * What hangs on what in an English sentence, without a parser: from phrases and parts of speech alone.
 *
 * 1. A run of words in noun phrases is cut before determiners and pronouns, behind pronouns, and at punctuation. The
 *    last noun of a phrase is its head; the phrase's other words hang on it.
 * 2. The first verb is the root of the sentence; the head of the first phrase where there is no verb.
 * 3. Heads hang on the preposition before them; behind "and", "or" or a comma on the head of the phrase before, and
 *    the conjunction with them; else on the last verb, or the root.
 * 4. A preposition hangs on the phrase before it when it is "of" or when no verb has come yet, else on the last verb.
 *    A verb behind "who", "which" or "that" hangs on the phrase before; other verbs and words hang on the last verb.
 *
 * An edge joins a word with what it hangs on. Data-Juicer counts the edges of entities: of common and proper nouns, and
 * of personal pronouns.
 */
import type { EnglishWord } from "./english.ts";

const NONE = -1;

const isEntity = (word: EnglishWord): boolean =>
  word.is("Noun") &&
  !(word.is("Pronoun") && word.is("Possessive")) &&
  !word.is("QuestionWord", "Determiner") &&
  !/^(?:my|your|his|her|its|our|their)$/i.test(word.text);

interface Phrases {
  /** Of every word: the head of its phrase, or NONE. */
  readonly headOf: Int32Array;
  /** Of every word that is a head: where its phrase begins; else NONE. */
  readonly startOf: Int32Array;
}

function findPhrases(words: readonly EnglishWord[], entities: readonly boolean[]): Phrases {
  const headOf = new Int32Array(words.length).fill(NONE);
  const startOf = new Int32Array(words.length).fill(NONE);
  let start = NONE;
  const close = (end: number): void => {
    if (start === NONE) return;
    let head = end - 1;
    while (head > start && !entities[head]) head--;
    if (!entities[head]) head = end - 1;
    headOf.fill(head, start, end);
    startOf[head] = start;
    start = NONE;
  };
  for (const [i, word] of words.entries()) {
    const before = words[i - 1];
    const cut =
      before !== undefined &&
      (/[,;:.!?()–—-]/.test(before.after) ||
        word.is("Determiner", "Pronoun") ||
        (before.is("Pronoun") && !before.is("Possessive")));
    const inside = word.phrase === "Noun" || entities[i] === true;
    if (cut || !inside) close(i);
    if (inside && start === NONE) start = i;
  }
  close(words.length);
  return { headOf, startOf };
}

/** For every word the word that it hangs on, or NONE for the root. */
function findHeads(words: readonly EnglishWord[], entities: readonly boolean[]): Int32Array {
  const { headOf, startOf } = findPhrases(words, entities);
  const phraseOf = (i: number): number => headOf[i] ?? NONE;
  const isFree = (i: number, word: EnglishWord): boolean =>
    phraseOf(i) === NONE && (word.phrase === "Verb" || word.is("Verb"));
  const heads = new Int32Array(words.length).fill(NONE);
  const firstVerb = words.findIndex((word, i) => isFree(i, word));
  const root = firstVerb >= 0 ? firstVerb : Math.max(0, phraseOf(words.findIndex((_, i) => phraseOf(i) !== NONE)));
  let lastPhrase = NONE;
  let lastVerb = NONE;
  const action = (): number => (lastVerb === NONE ? root : lastVerb);

  const hangPhrase = (head: number): void => {
    const before = (startOf[head] as number) - 1;
    const link = words[before];
    if (link?.is("Preposition")) heads[head] = before;
    else if (
      lastPhrase !== NONE &&
      link !== undefined &&
      /^(?:and|or)$/i.test(link.text) &&
      phraseOf(before - 1) !== NONE
    ) {
      heads[head] = lastPhrase;
      heads[before] = lastPhrase;
    } else if (lastPhrase !== NONE && link?.after.includes(",") && phraseOf(before) !== NONE) heads[head] = lastPhrase;
    else heads[head] = action();
  };

  for (const [i, word] of words.entries()) {
    const phrase = phraseOf(i);
    if (phrase !== NONE) {
      if (i !== phrase) heads[i] = phrase;
      else {
        hangPhrase(i);
        lastPhrase = i;
      }
    } else if (isFree(i, word)) {
      const relative = /^(?:who|which|that)$/i.test(words[i - 1]?.text ?? "") && phraseOf(i - 2) !== NONE;
      heads[i] = relative ? phraseOf(i - 2) : action();
      if (!word.is("Auxiliary")) lastVerb = i;
    } else if (word.is("Preposition")) {
      const ofPhrase = phraseOf(i - 1) !== NONE && (lastVerb === NONE || word.text.toLowerCase() === "of");
      heads[i] = ofPhrase ? lastPhrase : action();
    } else if (heads[i] === NONE) heads[i] = action();
  }
  heads[root] = NONE;
  return heads;
}

/** Number of edges of each entity of a sentence, in their order. */
export function entityEdges(sentence: readonly EnglishWord[]): readonly number[] {
  const words = sentence.filter(({ text }) => /[\p{L}\p{N}]/u.test(text));
  const entities = words.map((word) => /\p{L}/u.test(word.text) && isEntity(word));
  const heads = findHeads(words, entities);
  const edges = new Int32Array(words.length);
  for (const [i, head] of heads.entries()) {
    if (head === NONE) continue;
    edges[i] = (edges[i] as number) + 1;
    edges[head] = (edges[head] as number) + 1;
  }
  return entities.flatMap((entity, i) => (entity ? [edges[i] as number] : []));
}
