/**
 * Which language a text is in, and how sure that is. The package eld scores 60 languages by the n-grams of bytes of
 * the first 350 bytes it is given; Data-Juicer asks fastText's lid.176, whose score is a probability. Here a text is
 * looked at through several windows, and the scores are turned into the probability that the answer is right by a
 * logistic regression on texts of known language (test/oracles/language-id.py made every number below).
 *
 * What the regression sees: how far the best language leads the second; how its score compares with what texts of
 * that language usually get, which is low for languages that eld does not know; how much of the text is no letters,
 * which tells code and tables.
 */
import type { eld } from "eld/small";

type Eld = typeof eld;

/** What speaks for the best language of a text. */
export interface LanguageEvidence {
  /** ISO 639-1; "" when no language has any score. */
  readonly language: string;
  /** Mean score of an n-gram for it. */
  readonly score: number;
  /** How much of that score the second language lacks, 0 to 1. */
  readonly lead: number;
  /** Share of letters, marks and blanks. */
  readonly letters: number;
}

export interface LanguageGuess {
  readonly language: string;
  /** Probability that `language` is right, 0 to 1; 0 where there is none. */
  readonly confidence: number;
}

const WINDOW = 360;
const WINDOWS = 6;

/** Parts of a text, evenly spread over it, each about as long as eld reads and beginning with a word. */
function windowsOf(text: string): readonly string[] {
  if (text.length <= WINDOW) return [text];
  const count = Math.min(WINDOWS, Math.ceil(text.length / WINDOW));
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor((i * (text.length - WINDOW)) / (count - 1));
    const blank = start === 0 ? -1 : text.slice(start, start + 40).search(/\s/u);
    return text.slice(start + blank + 1, start + WINDOW);
  });
}

export function gatherEvidence(detector: Eld, text: string): LanguageEvidence {
  const windows = windowsOf(text);
  const scores = new Map<string, number>();
  let others = 0;
  let length = 0;
  for (const window of windows) {
    for (const [language, scaled] of Object.entries(detector.detect(window).getScores())) {
      // eld gives score / (score + 25).
      const score = (25 * scaled) / (1 - scaled) / windows.length;
      scores.set(language, (scores.get(language) ?? 0) + score);
    }
    others += window.replace(/[\p{L}\p{M}\s]+/gu, "").length;
    length += window.length;
  }
  let [language, best, second] = ["", 0, 0];
  for (const [name, score] of scores) {
    if (score > best) [language, best, second] = [name, score, best];
    else if (score > second) second = score;
  }
  const lead = best === 0 ? 0 : (best - second) / best;
  return { language, score: best, lead, letters: length === 0 ? 0 : 1 - others / length };
}

/** Mean score of texts of a language. */
const usualScores: ReadonlyMap<string, number> = new Map(
  (
    "am 136, ar 137, az 128, be 137, bg 135, bn 177, ca 107, cs 104, da 105, de 116, el 95, en 97, es 108, " +
    "et 113, eu 100, fa 128, fi 116, fr 92, gu 167, he 99, hi 188, hr 104, hu 100, hy 114, is 114, it 105, " +
    "ja 125, ka 206, kn 172, ko 90, ku 145, lo 146, lt 108, lv 121, ml 175, mr 191, ms 121, nl 120, no 99, " +
    "or 170, pa 177, pl 106, pt 110, ro 105, ru 129, sk 102, sl 102, sq 120, sr 136, sv 94, ta 179, " +
    "te 166, th 159, tl 110, tr 106, uk 131, ur 129, vi 69, yo 127, zh 97"
  )
    .split(", ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(3))]),
);

/** Languages that can be told. */
export const knownLanguages: readonly string[] = [...usualScores.keys()];

const weights = { constant: -9.15, lead: 2.74, score: 11.81, symbols: -32.64 } as const;

/** Punctuation takes a tenth of ordinary texts. */
const LETTERS = 0.9;

function confidenceOf({ language, score, lead, letters }: LanguageEvidence): number {
  const usual = usualScores.get(language);
  if (usual === undefined) return 0;
  const sum =
    weights.constant +
    weights.lead * lead +
    weights.score * (score / usual) +
    weights.symbols * Math.max(0, LETTERS - letters);
  return 1 / (1 + Math.exp(-sum));
}

/** Loads the n-grams (once a thread: 0.4 s, 150 MB), and gives what guesses. */
export async function loadLanguageGuesser(): Promise<(text: string) => LanguageGuess> {
  const { eld } = await import("eld/small");
  return (text) => {
    const evidence = gatherEvidence(eld, text);
    return { language: evidence.language, confidence: confidenceOf(evidence) };
  };
}
