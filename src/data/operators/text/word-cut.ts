/**
 * How words are cut: at blanks, or by the rules and dictionaries of Unicode. Data-Juicer's `tokenization: true` asks
 * a SentencePiece model that it downloads; its pieces cannot be had here, and the words of ICU stand in for them.
 */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineView, type View } from "../view.ts";
import { refinedWords, refineWords } from "./words.ts";

export const tokenizationArg = arg(
  z.boolean().default(false),
  "Cuts words by Unicode's rules and dictionaries, for languages without spaces, instead of at blanks.",
);

export const tokenizationDiffers =
  "With tokenization words are those of Unicode (ICU), not the pieces of a downloaded SentencePiece model.";

let segmenter: Intl.Segmenter | undefined;

const segmentedWords = defineView("segmentedWords", (text): readonly string[] => {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "word" });
  return refineWords(Array.from(segmenter.segment(text), ({ segment }) => segment));
});

/** The view of refined words. */
export const wordCut = (tokenization: boolean): View<readonly string[]> =>
  tokenization ? segmentedWords : refinedWords;
