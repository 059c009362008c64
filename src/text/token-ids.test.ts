import { expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { checkVocabularyIds, isTokenId } from "./token-ids.ts";

it.each([-1, 1.5, "3", null, Number.NaN, 2 ** 24, 2 ** 53])("%j is no token id", (id) => {
  expect(isTokenId(id)).toBe(false);
  let thrown: unknown;
  try {
    checkVocabularyIds({ a: 0, b: id, c: id }, "tokenizer.json");
  } catch (error) {
    thrown = error;
  }
  expect(isTunesmithError(thrown, "E_TEXT_TOKENIZER")).toBe(true);
  expect((thrown as Error).message).toContain(`gives "b" the id ${JSON.stringify(id)} (and 1 more)`);
});

it("takes whole numbers from 0", () => {
  expect([0, 1, 151_935].every(isTokenId)).toBe(true);
  expect(() => checkVocabularyIds({ a: 0, b: 1 }, "tokenizer.json")).not.toThrow();
});
