/**
 * A text that is known as pieces of different weight, to ids with weights, without cutting it at the pieces.
 *
 * The ids are those of the whole text. A token belongs to the piece in which tokenising the text up to the piece's
 * start would put it; one that stands across a border belongs to the later piece. (ms-swift cuts at every change of
 * weight, which trains ids the model would not write itself.)
 *
 * Where the model begins to write ("begins"), a prompt ends at inference. Its ids must be how the ids of the row
 * begin, or the model would be asked in another way than it is taught. They are, but where a token stands across that
 * place (a header that ends with a blank or a line end, before a reply that begins with a word or further line ends).
 * No prompt can end within a token, so there the text is cut, and what follows is tokenised as going on. What decides
 * is the text up to the next such place, so that a row and each of its prompts decide alike.
 */
import type { Tokenizer } from "./tokenizer.ts";

export interface Piece {
  readonly text: string;
  readonly weight: number;
  /** The model begins to write here: a prompt may end before this piece. */
  readonly begins?: boolean;
}

export interface Tokenized {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
  /** For each stretch that the model writes, the index of its first token. */
  readonly starts: readonly number[];
  /** How often the text had to be cut because a token would stand across the beginning of such a stretch. */
  readonly cuts: number;
}

interface Run {
  readonly from: number;
  readonly ids: readonly number[];
  /** Ids of the runs before. */
  readonly before: number;
}

export function tokenizePieces(pieces: readonly Piece[], tokenizer: Tokenizer): Tokenized {
  const text = pieces.map((piece) => piece.text).join("");
  const encode = (from: number, to: number): number[] =>
    tokenizer.encode(text.slice(from, to), { continues: from > 0 });
  const begins: number[] = [];
  let position = 0;
  for (const piece of pieces) {
    if (piece.begins === true) begins.push(position);
    position += piece.text.length;
  }
  const runs = runsOf(begins, text.length, encode);

  /** How many ids come before a place of the text. */
  const countBefore = (place: number): number => {
    const { from, ids, before } = runs.findLast((run) => run.from <= place) as Run;
    if (place === from) return before;
    return before + (place === text.length ? ids.length : sharedPrefix(encode(from, place), ids));
  };
  const total = countBefore(text.length);
  const weights: number[] = [];
  const starts: number[] = [];
  position = 0;
  pieces.forEach((piece, i) => {
    if (piece.begins === true) starts.push(countBefore(position));
    position += piece.text.length;
    const next = pieces[i + 1];
    if (next?.weight === piece.weight) return;
    const until = next === undefined ? total : countBefore(position);
    while (weights.length < until) weights.push(piece.weight);
  });
  return { ids: runs.flatMap(({ ids }) => ids), weights, starts, cuts: runs.length - 1 };
}

/** The whole text, cut only where its ids would not begin with those of a prompt that ends there. */
function runsOf(begins: readonly number[], length: number, encode: (from: number, to: number) => number[]): Run[] {
  const runs: Run[] = [];
  let from = 0;
  let before = 0;
  let ids = encode(0, begins[0] ?? length);
  begins.forEach((place, i) => {
    const next = begins[i + 1] ?? length;
    const longer = encode(from, next);
    if (sharedPrefix(ids, longer) === ids.length) {
      ids = longer;
      return;
    }
    runs.push({ from, ids, before });
    before += ids.length;
    from = place;
    ids = encode(from, next);
  });
  runs.push({ from, ids, before });
  return runs;
}

function sharedPrefix(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
