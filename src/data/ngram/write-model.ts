/** A trained n-gram model as an ARPA file. */
import { writeArpa, type ArpaEntry } from "../../formats/arpa.ts";
import type { SmoothedOrder } from "./kneser-ney.ts";
import type { TrainedModel } from "./train.ts";

/** Numbers of n-grams by order, without those that were pruned. */
export const keptCounts = ({ orders }: TrainedModel): readonly number[] =>
  orders.map(({ size, isPruned }) => {
    let kept = 0;
    for (let entry = 0; entry < size; entry++) if (!isPruned(entry)) kept++;
    return kept;
  });

/** @throws E_DISK_FULL, E_FILE_WRITE */
export async function writeNgramModel(path: string, model: TrainedModel): Promise<void> {
  const counts = keptCounts(model);
  await writeArpa(
    path,
    model.orders.map((_, i) => ({ count: counts[i] as number, entries: entriesOf(model, i) })),
  );
}

function* entriesOf({ vocabulary, orders }: TrainedModel, level: number): Generator<ArpaEntry> {
  const { size, probabilities, backoffs, isPruned } = orders[level] as SmoothedOrder;
  const isHighest = level === orders.length - 1;
  for (let entry = 0; entry < size; entry++) {
    if (isPruned(entry)) continue;
    const probability = probabilities[entry] as number;
    yield {
      words: wordsOf(vocabulary, orders, level, entry),
      // <s> alone has no probability; lmplz writes the logarithm 0 for it.
      logProbability: probability === 0 ? 0 : Math.log10(probability),
      ...(isHighest ? {} : { logBackoff: Math.log10(backoffs[entry] as number) }),
    };
  }
}

function wordsOf(
  vocabulary: readonly string[],
  orders: readonly SmoothedOrder[],
  level: number,
  entry: number,
): string {
  const words: string[] = [];
  let at = entry;
  for (let i = level; i > 0; i--) {
    const { table } = orders[i] as SmoothedOrder;
    words.push(vocabulary[table?.wordOf(at) as number] as string);
    at = table?.parentOf(at) as number;
  }
  words.push(vocabulary[at] as string);
  return words.toReversed().join(" ");
}
