/**
 * Drawing from several datasets by turns with given probabilities (`interleave_prob` of ms-swift), as
 * `interleave_datasets` of Hugging Face datasets does it: each turn draws a dataset, which gives its next row.
 */
import { fail } from "../base/errors.ts";
import { randomAt } from "../base/random.ts";

/** When to stop: as soon as one dataset is used up, or when all are (used-up ones begin again until then). */
export const stoppingStrategies = ["first_exhausted", "all_exhausted"] as const;

export type StoppingStrategy = (typeof stoppingStrategies)[number];

export interface InterleaveOptions {
  /** One for each dataset, adding up to 1. */
  readonly probabilities: readonly number[];
  readonly stopping?: StoppingStrategy;
  readonly seed: number;
}

/** What is wrong with probabilities, if anything. */
export function wrongProbabilities(probabilities: readonly number[], datasets: number): string | undefined {
  const sum = probabilities.reduce((total, p) => total + p, 0);
  if (probabilities.length !== datasets) {
    return `there are ${probabilities.length} probabilities for ${datasets} datasets.`;
  }
  if (probabilities.some((p) => !(p > 0))) return `each must be over 0; given are ${probabilities.join(", ")}.`;
  return Math.abs(sum - 1) > 1e-6 ? `they must add up to 1, and make ${sum}.` : undefined;
}

/** @throws E_DATA_MIX when probabilities do not fit the datasets */
export function checkProbabilities(probabilities: readonly number[], datasets: number): void {
  const wrong = wrongProbabilities(probabilities, datasets);
  if (wrong !== undefined) fail("E_DATA_MIX", { where: "interleave_prob", what: wrong });
}

/** The datasets of all turns: turn i is a function of the seed and i. */
export function turnOf(
  turn: number,
  { probabilities, seed }: Pick<InterleaveOptions, "probabilities" | "seed">,
): number {
  let rest = randomAt(seed, "interleave", turn).uniform();
  for (const [dataset, probability] of probabilities.entries()) {
    rest -= probability;
    if (rest < 0) return dataset;
  }
  return probabilities.length - 1;
}

/** For datasets of the given lengths: [dataset, row] of each turn. @throws E_DATA_MIX */
export function interleave(lengths: readonly number[], options: InterleaveOptions): (readonly [number, number])[] {
  checkProbabilities(options.probabilities, lengths.length);
  return followTurns(lengths, (turn) => turnOf(turn, options), options.stopping ?? "first_exhausted");
}

/** As {@link interleave}, for given turns. No dataset may be empty. */
export function followTurns(
  lengths: readonly number[],
  datasetOf: (turn: number) => number,
  stopping: StoppingStrategy,
): (readonly [number, number])[] {
  const next = lengths.map(() => 0);
  const exhausted = new Set<number>();
  const enough = stopping === "first_exhausted" ? 1 : lengths.length;
  const taken: (readonly [number, number])[] = [];
  for (let turn = 0; exhausted.size < enough; turn++) {
    const dataset = datasetOf(turn);
    const row = next[dataset] as number;
    taken.push([dataset, row]);
    next[dataset] = (row + 1) % (lengths[dataset] as number);
    if (next[dataset] === 0) exhausted.add(dataset);
  }
  return taken;
}
