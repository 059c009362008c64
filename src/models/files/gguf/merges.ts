/**
 * Merges of byte-pair encoding that a SentencePiece vocabulary implies: every way to make a token of two others, best
 * score first. As `generate_merges` of transformers orders them.
 */

interface Merge {
  readonly left: string;
  readonly right: string;
  readonly score: number;
  readonly leftLength: number;
  readonly rightLength: number;
}

export function mergesOfVocabulary(
  tokens: readonly string[],
  scores: ArrayLike<number>,
): readonly (readonly [string, string])[] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const merges: Merge[] = [];
  for (const [id, token] of tokens.entries()) {
    const ways: { readonly merge: Merge; readonly leftId: number; readonly rightId: number }[] = [];
    // Cut between characters, not inside of a surrogate pair.
    const letters = [...token];
    let left = "";
    for (let cut = 1; cut < letters.length; cut++) {
      left += letters[cut - 1] as string;
      const leftId = ids.get(left);
      if (leftId === undefined) continue;
      const right = token.slice(left.length);
      const rightId = ids.get(right);
      if (rightId === undefined) continue;
      const lengths = { leftLength: cut, rightLength: letters.length - cut };
      ways.push({ merge: { left, right, score: scores[id] as number, ...lengths }, leftId, rightId });
    }
    ways.sort((a, b) => a.leftId - b.leftId || a.rightId - b.rightId);
    for (const { merge } of ways) merges.push(merge);
  }
  merges.sort((a, b) => compare(b.score, a.score) || b.leftLength - a.leftLength || b.rightLength - a.rightLength);
  return merges.map(({ left, right }) => [left, right]);
}

/** Infinite scores have no difference. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
