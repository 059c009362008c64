/**
 * Trains an n-gram model with interpolated modified Kneser-Ney smoothing: Chen and Goodman 1998, sections 3 and 4.1,
 * as Heafield et al. 2013 (equations 1 to 3) and KenLM's lmplz compute it. Sentences have one <s> before them; lower orders
 * count in how many contexts an n-gram stands, except those that begin with <s>; the unigrams are interpolated with the
 * uniform distribution over all words, </s> and <unk>, which gives <unk> its probability.
 *
 * Text is streamed, counts are held in memory: 20 to 45 bytes for each different n-gram. What lmplz does on disk beyond
 * that is left out: a limit ends the training with a message.
 */
import { fail } from "../../base/errors.ts";
import { ownWord } from "./own-word.ts";
import { createNgramTable, type NgramTable } from "./ngram-table.ts";
import { estimateOrders, type NgramCounts, type SmoothedOrder } from "./kneser-ney.ts";

export interface TrainerOptions {
  /** Words of the longest n-grams, from 2. */
  readonly order: number;
  /** Bytes that counting and smoothing may take. */
  readonly maxMemory: number;
  /**
   * By order from 1: n-grams that occur as often or less are left out. The last number stands for the orders after it;
   * none prunes nothing. The first must be 0, and none may be smaller than the one before.
   */
  readonly prune?: readonly number[];
}

export interface TrainedModel {
  /** All words, by number; 0 is <unk>, 1 <s>, 2 </s>. */
  readonly vocabulary: readonly string[];
  /** From unigrams up. */
  readonly orders: readonly SmoothedOrder[];
  readonly sentences: number;
  readonly words: number;
}

export interface NgramTrainer {
  /** @throws E_DATA_NGRAM when the memory is used up */
  readonly add: (sentence: readonly string[]) => void;
  /** @throws E_DATA_NGRAM when nothing was added */
  readonly finish: () => TrainedModel;
}

const [UNKNOWN, START, END] = [0, 1, 2];
const reserved: ReadonlySet<string> = new Set(["<unk>", "<s>", "</s>"]);

/** Smoothing adds this much for each n-gram: adjusted count, suffix, probability, backoff. */
const SMOOTHING_BYTES = 20;
/** Of a word in a Map: its characters, and what V8 adds. */
const WORD_BYTES = 80;
/** Sentences between looks at the memory. */
const LOOK_EVERY = 256;

export function createNgramTrainer(options: TrainerOptions): NgramTrainer {
  const { order, maxMemory, prune = [] } = options;
  const vocabulary = new Map<string, number>([
    ["<unk>", UNKNOWN],
    ["<s>", START],
    ["</s>", END],
  ]);
  const tables: readonly NgramTable[] = Array.from({ length: order - 1 }, () => createNgramTable());
  const counts: Uint32Array[] = Array.from({ length: order }, () => new Uint32Array(1024));
  /** At k the n-gram of the last k words, or -1. */
  let contexts = new Int32Array(order);
  let next = new Int32Array(order);
  let [sentences, words, characters] = [0, 0, 0];

  const count = (level: number, entry: number): void => {
    let list = counts[level] as Uint32Array;
    if (entry >= list.length) {
      const larger = new Uint32Array(list.length * 2);
      larger.set(list);
      counts[level] = list = larger;
    }
    list[entry] = (list[entry] as number) + 1;
  };

  const step = (word: number): void => {
    next.fill(-1);
    for (let k = order - 1; k >= 0; k--) {
      const context = contexts[k] as number;
      if (k > 0 && context < 0) continue;
      const entry = k === 0 ? word : (tables[k - 1] as NgramTable).insert(context, word);
      count(k, entry);
      if (k + 1 < order) next[k + 1] = entry;
    }
    [contexts, next] = [next, contexts];
  };

  const idOf = (word: string): number => {
    const known = vocabulary.get(word);
    if (known !== undefined) return known;
    characters += word.length;
    vocabulary.set(ownWord(word), vocabulary.size);
    return vocabulary.size - 1;
  };

  const checkMemory = (): void => {
    let bytes = vocabulary.size * (WORD_BYTES + SMOOTHING_BYTES) + 2 * characters;
    for (const table of tables) bytes += table.bytes() + table.size() * SMOOTHING_BYTES;
    for (const list of counts) bytes += list.byteLength;
    if (bytes <= maxMemory) return;
    fail("E_DATA_NGRAM", {
      where: `sentence ${sentences}`,
      what:
        `the n-grams need more than the ${Math.round(maxMemory / 2 ** 20)} MiB that are allowed, ` +
        `${words} words into the text.`,
      fix: "Raise max_memory, lower order, or train on fewer rows: a few hundred megabytes of text are enough to filter by.",
    });
  };

  return {
    add: (sentence) => {
      contexts.fill(-1);
      count(0, START);
      contexts[1] = START;
      for (const word of sentence) {
        // These are marks of the model; a text that has them as words means something else.
        if (reserved.has(word)) continue;
        step(idOf(word));
        words++;
      }
      step(END);
      if (++sentences % LOOK_EVERY === 0) checkMemory();
    },
    finish: () => {
      if (words === 0) fail("E_DATA_NGRAM", { what: "there are no words to train on.", fix: "Give rows with text." });
      checkMemory();
      const levels = counts.map((list, i): NgramCounts => ({
        table: tables[i - 1],
        size: tables[i - 1]?.size() ?? vocabulary.size,
        counts: list,
        prune: prune[i] ?? prune.at(-1) ?? 0,
      }));
      return { vocabulary: [...vocabulary.keys()], orders: estimateOrders(levels, START), sentences, words };
    },
  };
}
