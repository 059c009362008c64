/**
 * Which language a text is in, and how sure that is: fastText's lid.176 in its small form (lid.176.ftz, compiled to
 * WebAssembly by the package fasttext.wasm.js), the model that Data-Juicer asks in its large form (lid.176.bin). Names
 * and scores are fastText's: 176 languages, a score from 0 to 1 that is a probability.
 *
 * A text is asked about as Data-Juicer does, whole and in lower case, and once more without what belongs to no
 * language: fenced code, addresses, digits, punctuation. The more certain answer counts, so that numbers in a sentence
 * do not make it doubtful. Han characters alone are ambiguous to the model; what it overlooks is told by the script:
 * a sentence of Japanese has kana, one of Chinese has none, and characters beyond JIS X 0208 are not Japanese.
 * docs/operators.md says how often the answer is right (test/oracles/language-id.py measures it).
 */
import type { FastTextModel } from "fasttext.wasm.js";

export interface LanguageGuess {
  /** ISO 639-1 where there is one, as fastText names it; "" for texts without letters. */
  readonly language: string;
  /** Probability that `language` is right, 0 to 1. */
  readonly confidence: number;
}

export interface LanguageGuesser {
  readonly guess: (text: string) => LanguageGuess;
  /** Languages that can be told. */
  readonly languages: readonly string[];
}

/** Probabilities of the likeliest languages. */
type Scores = ReadonlyMap<string, number>;

const CANDIDATES = 8;
/** Longer texts are cut into parts of this many characters, of which so many, evenly spread, are read. */
const PART = 1024;
const PARTS = 16;

/** All of a text, or parts of a very long one: the answer does not become surer beyond. */
function sample(text: string): string {
  if (text.length <= PART * PARTS) return text;
  const step = (text.length - PART) / (PARTS - 1);
  return Array.from({ length: PARTS }, (_, i) => text.slice(Math.floor(i * step), Math.floor(i * step) + PART)).join(
    " ",
  );
}

const fenced = /```[^]*?(?:```|$)/g;
const address = /\b(?:https?|ftp):\/\/\S+/g;
const symbols = /[^\p{L}\p{M}\s'’·-]+/gu;

/** The words of a text. */
const wordsOf = (text: string): string =>
  text.replaceAll(fenced, " ").replaceAll(address, " ").replaceAll(symbols, " ").replaceAll(/\s+/g, " ").trim();

const han = /\p{Script=Han}/gu;
const kana = /[\p{Script=Hiragana}\p{Script=Katakana}]/u;
const hiragana = /\p{Script=Hiragana}/u;

/** So many Han characters without kana are no Japanese sentence. */
const HAN_ALONE = 8;

let jis: ReadonlySet<string> | undefined;

/** Characters of JIS X 0208, those that Japanese is written with. */
function jisCharacters(): ReadonlySet<string> {
  if (jis !== undefined) return jis;
  const decoder = new TextDecoder("euc-jp");
  const characters = new Set<string>();
  for (let row = 0xa1; row < 0xff; row++) {
    for (let cell = 0xa1; cell < 0xff; cell++) characters.add(decoder.decode(Uint8Array.of(row, cell)));
  }
  return (jis = characters);
}

const chinese = ["zh", "yue", "wuu"] as const;

/** Languages that the script rules out. */
function ruledOut(text: string): readonly string[] {
  const characters = text.match(han);
  if (characters === null) return [];
  if (hiragana.test(text)) return chinese;
  if (kana.test(text)) return [];
  const japanese = characters.length < HAN_ALONE && characters.every((character) => jisCharacters().has(character));
  return japanese ? [] : ["ja", "ko"];
}

/** Scores of what is left when the script has spoken. Mandarin counts the shares of its sisters when it leads them. */
function corrected(scores: Scores, text: string): Scores {
  const out = ruledOut(text);
  const left = new Map([...scores].filter(([language]) => !out.includes(language)));
  const total = [...left.values()].reduce((sum, score) => sum + score, 0);
  if (left.size < scores.size && total > 0) for (const [language, score] of left) left.set(language, score / total);
  const [first] = best(left);
  if (first === "zh")
    left.set(
      "zh",
      chinese.reduce((sum, language) => sum + (left.get(language) ?? 0), 0),
    );
  return left;
}

function best(scores: Scores): readonly [language: string, score: number] {
  let found: readonly [string, number] = ["", 0];
  for (const entry of scores) if (entry[1] > found[1]) found = entry;
  return found;
}

const LABEL = "__label__";

/** Loads the model, once a thread: 0.1 s, 20 MB. */
export async function loadLanguageGuesser(): Promise<LanguageGuesser> {
  const model = await loadModel();
  const ask = (text: string): readonly [string, number] => {
    // A vector of C++, which is not collected by itself.
    const found = model.predict(text.replaceAll("\n", " "), CANDIDATES, 0);
    const scores = new Map<string, number>();
    for (let i = 0; i < found.size(); i++) {
      const [score, label] = found.get(i);
      scores.set(label.slice(LABEL.length), score);
    }
    found.delete();
    return best(corrected(scores, text));
  };
  const labels = model.getLabels()[0];
  const languages = Array.from({ length: labels.size() }, (_, i) => labels.get(i).slice(LABEL.length));
  return {
    languages,
    guess: (text) => {
      const lower = sample(text).toLowerCase();
      if (!/\p{L}/u.test(lower)) return { language: "", confidence: 0 };
      const whole = ask(lower);
      const words = wordsOf(lower);
      const plain = words === "" || words === lower ? whole : ask(words);
      const [language, score] = plain[1] > whole[1] ? plain : whole;
      return { language, confidence: Math.min(1, score) };
    },
  };
}

async function loadModel(): Promise<FastTextModel> {
  const event = "uncaughtException";
  const before = new Set(process.listeners(event));
  const { getLIDModel } = await import("fasttext.wasm.js");
  const model = await (await getLIDModel()).load();
  // Code of Emscripten may listen to errors of the whole process; they are none of its business.
  for (const listener of process.listeners(event)) if (!before.has(listener)) process.off(event, listener);
  return model;
}
