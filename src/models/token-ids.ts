/**
 * Token ids against the rows of the embedding. A tokenizer may have more tokens than the model has rows (tokens were
 * added and the embedding was not resized): that is said at load, and a row that holds such a token is refused.
 */
import { fail } from "../base/errors.ts";
import { isTokenId } from "../text/token-ids.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

interface Sizes {
  /** Rows of the embedding. */
  readonly vocabSize: number;
}

export interface IdRow {
  readonly ids: readonly number[] | Int32Array;
  /** "train.jsonl:12" */
  readonly origin: string;
}

const SHOWN = 4;

type Names = Pick<Tokenizer, "idToToken">;

const nameOf = (id: number, tokenizer: Names): string => {
  const text = Number.isSafeInteger(id) ? tokenizer.idToToken(id) : undefined;
  return text === undefined ? String(id) : `${id} (${JSON.stringify(text)})`;
};

/** What to say at load of a tokenizer with tokens that the embedding has no row for; nothing when all have one. */
export function noteTokensWithoutRow(
  tokenizer: Names & Pick<Tokenizer, "vocabSize">,
  { vocabSize }: Sizes,
): readonly string[] {
  const without: number[] = [];
  for (let id = vocabSize; id < tokenizer.vocabSize; id++) if (tokenizer.idToToken(id) !== undefined) without.push(id);
  if (without.length === 0) return [];
  const shown = without.slice(0, SHOWN).map((id) => nameOf(id, tokenizer));
  const more = without.length > SHOWN ? ` and ${without.length - SHOWN} more` : "";
  return [
    `tokenizer.json has ${without.length} token${without.length === 1 ? "" : "s"} for which the embedding of ` +
      `${vocabSize} rows has none: ${shown.join(", ")}${more}; a text that holds one is refused`,
  ];
}

/** @throws E_MODEL_TOKEN when a row holds an id that the embedding has no row for, naming the first and their count */
export function checkRowIds(rows: Iterable<IdRow>, { vocabSize }: Sizes, tokenizer: Names): void {
  const foreign: { readonly origin: string; readonly id: number; readonly at: number }[] = [];
  for (const { ids, origin } of rows) {
    const at = ids.findIndex((id) => !isTokenId(id) || id >= vocabSize);
    if (at >= 0) foreign.push({ origin, at, id: ids[at] as number });
  }
  const [first] = foreign;
  if (first === undefined) return;
  const more = foreign.length === 1 ? "" : ` ${foreign.length} rows have such ids.`;
  fail("E_MODEL_TOKEN", {
    where: first.origin,
    what: `the row has token id ${nameOf(first.id, tokenizer)} at place ${first.at + 1}; the model's embedding has ${vocabSize} rows.${more}`,
  });
}

/** The id that fills rows up: the tokenizer's, unless the embedding lacks it. No padded place is ever read. */
export function paddingId({ padId, eosId }: Pick<Tokenizer, "padId" | "eosId">, { vocabSize }: Sizes): number {
  return [padId, eosId].find((id) => id !== undefined && id < vocabSize) ?? 0;
}
