/**
 * The root verb of an instruction and the noun that is its direct object: "write essay". As in Self-Instruct (Wang et
 * al. 2022, section 3.3 and figure 3) and Data-Juicer's diversity analysis, which ask a dependency parser of spaCy for
 * them and look at the first sentence alone. Here words are tagged (compromise) and the object is found by its place:
 * behind the verb, past determiners, numbers, adjectives and a person to whom something is done ("give me two
 * examples"), the last noun of the first noun group. A preposition before any noun means that there is no object.
 * English only.
 */
import nlp from "compromise/two";

interface Term {
  readonly normal: string;
  readonly root: string;
  readonly tags: ReadonlySet<string>;
}

const SENTENCE = 300;

/** "verb noun", "verb" alone where there is no object, or undefined where there is no verb to be found. */
export function findVerbNoun(instruction: string): string | undefined {
  const terms = readTerms(firstSentence(instruction));
  const at = rootVerb(terms);
  const verb = terms[at];
  if (verb === undefined) return undefined;
  const noun = objectOf(terms, at);
  return noun === undefined ? verb.root : `${verb.root} ${noun}`;
}

/** Long texts are cut before they are tagged: tagging is what takes time. */
function firstSentence(text: string): string {
  const start = text.trimStart().slice(0, SENTENCE);
  const line = start.split("\n", 1)[0] ?? "";
  return /^.{8,}?[.!?:](?=\s)/.exec(line)?.[0] ?? line;
}

interface JsonTerm {
  readonly normal: string;
  readonly root?: string;
  readonly tags?: readonly string[];
}

function readTerms(sentence: string): readonly Term[] {
  // The types of the package do not know of roots.
  const shown: object = { terms: { root: true } };
  const [first] = nlp(sentence).compute("root").json(shown) as readonly { readonly terms: readonly JsonTerm[] }[];
  return (first?.terms ?? [])
    .filter(({ normal }) => normal !== "")
    .map(({ normal, root, tags }) => ({ normal, root: root || normal, tags: new Set(tags) }));
}

const has = (term: Term | undefined, ...tags: readonly string[]): boolean => tags.some((tag) => term?.tags.has(tag));

const isNoun = (term: Term | undefined): boolean => has(term, "Noun") && !has(term, "Pronoun", "Possessive");

const isVerb = (term: Term): boolean =>
  has(term, "Verb") && !has(term, "Auxiliary", "Modal", "Copula", "Gerund", "Participle", "Particle");

/** The first verb; a first word that stands where only an imperative can ("brainstorm a list") is one too. */
function rootVerb(terms: readonly Term[]): number {
  const start = has(terms[0], "Expression", "Adverb") || terms[0]?.normal === "please" ? 1 : 0;
  const [first, second] = [terms[start], terms[start + 1]];
  const begins =
    has(second, "Determiner", "Possessive", "Value") && !has(first, "Determiner", "Preposition", "Pronoun");
  if (first !== undefined && begins && !has(first, "QuestionWord", "Value", "Copula", "Auxiliary", "Modal")) {
    if (isVerb(first) || has(first, "Noun", "Adjective")) return start;
  }
  return terms.findIndex(isVerb);
}

function objectOf(terms: readonly Term[], verb: number): string | undefined {
  let at = verb + 1;
  while (has(terms[at], "Particle", "Adverb")) at++;
  if (has(terms[at], "Pronoun") && !has(terms[at], "Possessive")) at++;
  while (isBeforeNoun(terms, at)) at++;
  if (!isNoun(terms[at])) return undefined;
  while (isNoun(terms[at + 1]) && !has(terms[at + 1], "Gerund")) at++;
  return terms[at]?.root;
}

/** Words that stand between a verb and its object. "The following", "the given" are such before a noun. */
function isBeforeNoun(terms: readonly Term[], at: number): boolean {
  const term = terms[at];
  if (term === undefined) return false;
  if (has(term, "Determiner", "Value", "Adjective", "Possessive", "Adverb")) return true;
  if (has(term, "Preposition", "Conjunction")) return false;
  return has(term, "PastTense", "Participle", "Gerund") && isNoun(terms[at + 1]);
}
