/** Trains an n-gram model on the texts of files of rows, and writes it. */
import { isTunesmithError } from "../../base/errors.ts";
import { checkOutputFile } from "../../formats/output.ts";
import { createSample } from "../operators/sample.ts";
import { isObject } from "../shapes/shape.ts";
import { filesOf, readSource } from "../source.ts";
import { cutSentences, type Pieces } from "./sentences.ts";
import { createNgramTrainer, type TrainerOptions } from "./train.ts";
import { keptCounts, writeNgramModel } from "./write-model.ts";

export interface TrainFilesOptions extends TrainerOptions {
  readonly textKey: string;
  readonly pieces?: Pieces | undefined;
  /** Replaces a file that is there. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (rows: number, words: number) => void;
}

export interface TrainFilesReport {
  readonly rows: number;
  /** Rows without a text, and the first of them. */
  readonly bad: number;
  readonly firstBad: string | undefined;
  readonly sentences: number;
  readonly words: number;
  /** Different words, marks included. */
  readonly vocabulary: number;
  /** Numbers of n-grams by order, from 1. */
  readonly counts: readonly number[];
  /** Orders, from 1, whose discounts could not be estimated: there is too little text. */
  readonly fallbacks: readonly number[];
}

const PROGRESS_EVERY = 1000;

/** @throws E_OUTPUT_*, E_DATA_NGRAM, E_DATA_FILE, E_DISK_FULL, E_FILE_WRITE */
export async function trainNgramFiles(
  paths: readonly string[],
  exportPath: string,
  { textKey, pieces, signal, onProgress, overwrite = false, ...options }: TrainFilesOptions,
): Promise<TrainFilesReport> {
  const files = (await Promise.all(paths.map((path) => filesOf(path)))).flat();
  await checkOutputFile(exportPath, { inputs: files, overwrite });
  const trainer = createNgramTrainer(options);
  let [rows, bad, words] = [0, 0, 0];
  let firstBad: string | undefined;
  for (const path of paths) {
    for await (const { file, line, value, error } of readSource(path)) {
      signal?.throwIfAborted();
      rows++;
      const text = isObject(value)
        ? textOf(value, `${file}:${line}`, textKey)
        : { fault: `${file}:${line}: ${error ?? "no object"}` };
      if (typeof text === "string") {
        for (const sentence of cutSentences(text, pieces)) {
          trainer.add(sentence);
          words += sentence.length;
        }
      } else {
        bad++;
        firstBad ??= text.fault;
      }
      if (rows % PROGRESS_EVERY === 0) onProgress?.(rows, words);
    }
  }
  const model = trainer.finish();
  await writeNgramModel(exportPath, model);
  return {
    rows,
    bad,
    firstBad,
    sentences: model.sentences,
    words: model.words,
    vocabulary: model.vocabulary.length,
    counts: keptCounts(model),
    fallbacks: model.orders.flatMap(({ fallback }, i) => (fallback ? [i + 1] : [])),
  };
}

function textOf(
  row: Readonly<Record<string, unknown>>,
  origin: string,
  key: string,
): string | { readonly fault: string } {
  try {
    return createSample(row, origin).text(key);
  } catch (error) {
    if (!isTunesmithError(error, "E_DATA_ROW")) throw error;
    return { fault: `${origin}: ${error.what}` };
  }
}
