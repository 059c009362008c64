/**
 * An n-gram language model read from an ARPA file, and its probabilities with backoff: p(w | c) is what the file says
 * of "c w" where it has it, else backoff(c) times p(w | c without its first word). As in KenLM sentences begin with
 * <s> and end with </s>, words that the model does not know are <unk>, and where there is no <unk> their logarithm is -100.
 */
import { fail } from "../../base/errors.ts";
import { readArpa } from "../../formats/arpa.ts";
import { ownWord } from "./own-word.ts";
import { createNgramTable, type NgramTable } from "./ngram-table.ts";

export interface NgramModel {
  readonly order: number;
  /** Numbers of n-grams by order, from 1. */
  readonly counts: readonly number[];
  /** Logarithm to base 10 of the probability of a sentence with its end. */
  readonly scoreSentence: (words: readonly string[]) => number;
  /** Logarithm to base 10 of the probability of a word ("</s>" for the end) after the first words of a sentence. */
  readonly scoreWord: (before: readonly string[], word: string) => number;
}

interface Level {
  readonly table: NgramTable;
  readonly logProbabilities: Floats;
  readonly logBackoffs: Floats;
}

/** Numbers in a row that grows: what a header promises is not believed before it is there. */
interface Floats {
  readonly at: (index: number) => number;
  readonly push: (value: number) => void;
}

function createFloats(): Floats {
  let values = new Float32Array(1024);
  let size = 0;
  return {
    at: (index) => values[index] as number,
    push: (value) => {
      if (size === values.length) {
        const larger = new Float32Array(size * 2);
        larger.set(values);
        values = larger;
      }
      values[size++] = value;
    },
  };
}

const FIRST_SIZE = 1 << 16;
const UNKNOWN = -100;

/** @throws E_DATA_NGRAM with the line, E_DATA_FILE */
export async function readNgramModel(path: string): Promise<NgramModel> {
  const vocabulary = new Map<string, number>();
  const levels: Level[] = [];
  await readArpa(path, {
    start: (counts) => {
      for (const count of counts) {
        const table = createNgramTable(Math.min(count, FIRST_SIZE));
        levels.push({ table, logProbabilities: createFloats(), logBackoffs: createFloats() });
      }
    },
    entry: (words, logProbability, logBackoff, line) => {
      const { table, logProbabilities, logBackoffs } = levels[words.length - 1] as Level;
      const refuse = (what: string): never => fail("E_DATA_NGRAM", { where: `${path}:${line}`, what });
      if (words.length === 1) {
        const [word = ""] = words;
        if (vocabulary.has(word)) refuse(`the word ${JSON.stringify(word)} is there twice.`);
        vocabulary.set(ownWord(word), vocabulary.size);
      } else {
        const ids = words.map(
          (word) => vocabulary.get(word) ?? refuse(`${JSON.stringify(word)} is none of the 1-grams.`),
        );
        let parent = ids[0] as number;
        for (let i = 1; i + 1 < ids.length && parent >= 0; i++) {
          parent = (levels[i] as Level).table.find(parent, ids[i] as number);
        }
        if (parent < 0) refuse(`${JSON.stringify(words.slice(0, -1).join(" "))} is none of the shorter n-grams.`);
        const entry = table.size();
        if (table.insert(parent, ids.at(-1) as number) !== entry)
          refuse(`${JSON.stringify(words.join(" "))} is there twice.`);
      }
      logProbabilities.push(logProbability);
      logBackoffs.push(logBackoff);
    },
  });
  for (const mark of ["<s>", "</s>"]) {
    if (!vocabulary.has(mark)) fail("E_DATA_NGRAM", { where: path, what: `the 1-grams have no ${mark}.` });
  }
  if (!vocabulary.has("<unk>")) {
    levels[0]?.logProbabilities.push(UNKNOWN);
    levels[0]?.logBackoffs.push(0);
    vocabulary.set("<unk>", vocabulary.size);
  }
  return createNgramModel(vocabulary, levels);
}

function createNgramModel(vocabulary: ReadonlyMap<string, number>, levels: readonly Level[]): NgramModel {
  const order = levels.length;
  const [start, end, unknown] = ["<s>", "</s>", "<unk>"].map((word) => vocabulary.get(word) as number) as [
    number,
    number,
    number,
  ];
  /** At k the n-gram of the last k words, or -1. */
  let contexts = new Int32Array(order);
  let next = new Int32Array(order);

  /** The logarithm of a word after the contexts, which then end with it. */
  const step = (word: number): number => {
    let sum = 0;
    let isFound = false;
    next.fill(-1);
    for (let k = order - 1; k >= 0; k--) {
      const context = contexts[k] as number;
      if (k > 0 && context < 0) continue;
      const { table, logProbabilities } = levels[k] as Level;
      const entry = k === 0 ? word : table.find(context, word);
      if (k + 1 < order) next[k + 1] = entry;
      if (isFound) continue;
      if (entry >= 0) {
        sum += logProbabilities.at(entry);
        isFound = true;
      } else sum += (levels[k - 1] as Level).logBackoffs.at(context);
    }
    [contexts, next] = [next, contexts];
    return sum;
  };

  const idOf = (word: string): number => vocabulary.get(word) ?? unknown;

  /** Goes over the words of a sentence from its start. */
  const begin = (words: readonly string[]): number => {
    contexts.fill(-1);
    if (order > 1) contexts[1] = start;
    let sum = 0;
    for (const word of words) sum += step(idOf(word));
    return sum;
  };

  return {
    order,
    counts: levels.map(({ table }, i) => (i === 0 ? vocabulary.size : table.size())),
    scoreSentence: (words) => begin(words) + step(end),
    scoreWord: (before, word) => {
      begin(before);
      return step(idOf(word));
    },
  };
}
