/** For tests: what Data-Juicer computes on the way, recorded by test/oracles/data-juicer-parts.py. */
import { readFileSync } from "node:fs";

interface Parts {
  readonly minhash: {
    readonly first_permutations: readonly (readonly [a: string, b: string])[];
    readonly sha256_of_256_permutations: string;
    readonly minima_of_30_permutations_and_2_words: readonly (readonly number[])[];
  };
  readonly bands: readonly (readonly [threshold: number, permutations: number, bands: number, rows: number])[];
  readonly simhash: readonly {
    readonly args: Readonly<Record<string, unknown>>;
    readonly fingerprints: readonly string[];
  }[];
  readonly images: Readonly<Record<string, Readonly<Record<"phash" | "dhash" | "whash" | "ahash", string>>>>;
  readonly durations: Readonly<Record<string, number>>;
}

export function parts(): Parts {
  const file = new URL("../../../../test/golden/data-juicer-parts.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Parts;
}
