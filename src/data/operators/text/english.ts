/**
 * Words of English texts with their parts of speech, from the package compromise. Data-Juicer asks spaCy's statistical
 * tagger, which has to be downloaded; compromise has rules and a lexicon.
 */
import { fail } from "../../../base/errors.ts";
import { arg } from "../args.ts";
import { defineView, type View } from "../view.ts";
import * as z from "zod";

/** Tags that are asked for here; compromise has more. */
export type Tag =
  | "Noun"
  | "Pronoun"
  | "Possessive"
  | "Determiner"
  | "QuestionWord"
  | "Verb"
  | "Auxiliary"
  | "Copula"
  | "Modal"
  | "Particle"
  | "Negative"
  | "Infinitive"
  | "Preposition"
  | "Conjunction";

export interface EnglishWord {
  readonly text: string;
  /** What stands between this word and the next. */
  readonly after: string;
  /** The kind of phrase that it is in: Noun, Verb, Adjective, Pivot. */
  readonly phrase: string;
  readonly is: (...tags: readonly Tag[]) => boolean;
}

/** Sentences of words. */
export type EnglishSentences = readonly (readonly EnglishWord[])[];

/** Places of images, sounds and films, and ends of chunks, which Data-Juicer writes into texts. */
const places = /<__dj__(?:image|audio|video)>|<\|__dj__eoc\|>/g;

let loaded: View<EnglishSentences> | undefined;

/** Loads the tagger (once a thread: about a second, 50 MB) and gives the view of tagged sentences. */
export async function loadEnglish(): Promise<View<EnglishSentences>> {
  const { default: tagger } = await import("compromise");
  loaded ??= defineView("english", (text) =>
    tagger(text.replace(places, "").trim()).docs.map((sentence) =>
      // A contraction has a word without text for each part but the first.
      sentence.map(({ text: word, post, chunk = "", tags }) => ({
        text: word,
        after: post,
        phrase: chunk,
        is: (...wanted) => wanted.some((tag) => tags?.has(tag)),
      })),
    ),
  );
  return loaded;
}

export const englishArg = arg(z.string().default("en"), "Language of the texts; English (en) alone is known.");

/** @throws E_DATA_OPERATOR for any language but English */
export function requireEnglish(operator: string, lang: string): void {
  if (lang === "en") return;
  fail("E_DATA_OPERATOR", {
    where: `${operator}.lang`,
    what: `parts of speech of the language ${JSON.stringify(lang)} cannot be told, only of English (en).`,
    fix: "Leave the operator out for other languages; language_id_score_filter finds the English rows.",
  });
}

const formsOfBe: ReadonlySet<string> = new Set(["be", "been", "being", "am", "is", "are", "was", "were"]);
const formsOfDo: ReadonlySet<string> = new Set(["do", "does", "did"]);
/** How far behind "did" its main verb may stand. */
const REACH = 4;

/** Number of verbs that say what is done: no auxiliary, no form of "be", no modal, no particle. */
export function countActions(sentences: EnglishSentences): number {
  let count = 0;
  for (const words of sentences) {
    for (const [i, word] of words.entries()) if (isAction(words, word, i)) count++;
  }
  return count;
}

function isAction(words: readonly EnglishWord[], word: EnglishWord, at: number): boolean {
  if (!word.is("Verb") || word.is("Auxiliary", "Copula", "Modal", "Particle", "Negative")) return false;
  const form = word.text.toLowerCase();
  if (formsOfBe.has(form) || !/\p{L}{2}/u.test(form)) return false;
  return !formsOfDo.has(form) || !hasInfinitive(words, at);
}

/** Whether "do" at a place helps another verb: an infinitive soon follows it. */
function hasInfinitive(words: readonly EnglishWord[], at: number): boolean {
  for (const word of words.slice(at + 1, at + 1 + REACH)) {
    if (word.is("Infinitive")) return true;
    if (/[.;:?!,]/.test(word.after)) return false;
  }
  return false;
}
