/**
 * Token ids as a vocabulary may give them: whole numbers from 0. An engine that looks rows up would wrap -1 to the
 * last row and cut 1.5 to 1, so that something else is trained than the text says.
 */
import { fail } from "../base/errors.ts";

/** More than any vocabulary has: a single larger id would make tables of that many places. */
const LIMIT = 2 ** 24;

export function isTokenId(id: unknown): id is number {
  return typeof id === "number" && Number.isSafeInteger(id) && id >= 0 && id < LIMIT;
}

/** @throws E_TEXT_TOKENIZER for a vocabulary (token to id) with an id that is none, naming the first and their count */
export function checkVocabularyIds(vocabulary: Readonly<Record<string, unknown>>, where: string): void {
  const wrong = Object.entries(vocabulary).filter(([, id]) => !isTokenId(id));
  const [first] = wrong;
  if (first === undefined) return;
  const more = wrong.length === 1 ? "" : ` (and ${wrong.length - 1} more)`;
  fail("E_TEXT_TOKENIZER", {
    where,
    what: `the vocabulary gives ${JSON.stringify(first[0])} the id ${JSON.stringify(first[1])}${more}; ids are whole numbers from 0 to ${LIMIT - 1}.`,
  });
}
