import { expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { checkRowIds, noteTokensWithoutRow, paddingId } from "./token-ids.ts";

const names = ["<s>", "a", "b", "<|im_end|>", "c"];
const tokenizer = {
  idToToken: (id: number) => names[id],
  vocabSize: names.length,
  padId: 3,
  eosId: undefined as number | undefined,
};

it.each([
  [3, '3 ("<|im_end|>")'],
  [7, "7"],
  [-1, "-1"],
  [1.5, "1.5"],
])("names row and token of id %d", (id, shown) => {
  const rows = [
    { ids: [0, 1], origin: "t.jsonl:1" },
    { ids: [1, 2, id], origin: "t.jsonl:2" },
    { ids: [id], origin: "t.jsonl:3" },
  ];
  let thrown: unknown;
  try {
    checkRowIds(rows, { vocabSize: 3 }, tokenizer);
  } catch (error) {
    thrown = error;
  }
  expect(isTunesmithError(thrown, "E_MODEL_TOKEN")).toBe(true);
  const { message } = thrown as Error;
  for (const part of ["t.jsonl:2", `token id ${shown} at place 3`, "has 3 rows", "2 rows"])
    expect(message).toContain(part);
});

it("lets rows of the embedding pass", () => {
  expect(() => checkRowIds([{ ids: Int32Array.of(0, 2), origin: "t" }], { vocabSize: 3 }, tokenizer)).not.toThrow();
});

it("says which tokens have no row", () => {
  expect(noteTokensWithoutRow(tokenizer, { vocabSize: 5 })).toEqual([]);
  expect(noteTokensWithoutRow(tokenizer, { vocabSize: 8 })).toEqual([]);
  const [note = ""] = noteTokensWithoutRow(tokenizer, { vocabSize: 3 });
  expect(note).toContain('2 tokens for which the embedding of 3 rows has none: 3 ("<|im_end|>"), 4 ("c")');
});

it("pads with an id that has a row", () => {
  expect(paddingId(tokenizer, { vocabSize: 5 })).toBe(3);
  expect(paddingId(tokenizer, { vocabSize: 3 })).toBe(0);
  expect(paddingId({ ...tokenizer, eosId: 2 }, { vocabSize: 3 })).toBe(2);
});
