/** The tokens of a tokenizer as words of an n-gram model. */
import type { Tokenizer } from "../../text/tokenizer.ts";
import type { Pieces } from "./sentences.ts";

/** Blanks in a token, which only added tokens have, become "▁", as SentencePiece writes them. */
export const piecesOf =
  ({ encode, idToToken }: Tokenizer): Pieces =>
  (text) =>
    encode(text).map((id) => (idToToken(id) ?? "<unk>").replaceAll(/\s/g, "▁"));
