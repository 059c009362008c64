import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomAt } from "../../../base/random.ts";
import { createSample } from "../sample.ts";
import { keptRows, keyTable, runDeduplicator } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { parts } from "../testing/parts.ts";
import { plainTools, readyOf } from "../testing/ready.ts";
import { documentMinhashDeduplicator, drawPermutations } from "./document-minhash.ts";
import { documentSimhashDeduplicator } from "./document-simhash.ts";
import { matchProbability } from "./lsh-bands.ts";
import { createMinHashKernel } from "./minhash-kernel.ts";
import { createSha1Lanes } from "./sha1-lanes.ts";
import { createShingler } from "./shingles.ts";

const options = { tokenization: "space", window_size: 2, lowercase: true, ignore_pattern: null } as const;

describe("document_minhash_deduplicator", () => {
  it.each(goldenCases("document_minhash_deduplicator"))(
    "keeps the rows that Data-Juicer keeps: $args",
    async (golden) => {
      const kept = await keptRows(documentMinhashDeduplicator, golden.rows, golden.args);
      expect(kept.map(({ id }) => id)).toEqual(golden.result?.map(({ id }) => id));
    },
  );

  it("has the minima of Data-Juicer for the shared texts", async () => {
    const [golden] = goldenCases("alphanumeric_filter");
    const cut = await createShingler(options, "test", plainTools);
    const hash = createSha1Lanes();
    const kernel = createMinHashKernel(drawPermutations(30));
    const minima = golden?.rows.map(({ text }) => {
      const { bytes, starts, ends, count } = cut(text as string);
      kernel.start();
      hash(bytes, starts, ends, 0, count, kernel.hashes);
      kernel.add(count);
      return [...kernel.minima()];
    });
    expect(minima).toEqual(parts().minhash.minima_of_30_permutations_and_2_words);
  });

  it("takes texts of more shingles than are hashed in one go", async () => {
    const draw = randomAt(5, "long text");
    const words = Array.from({ length: 3000 }, () => draw.integer(100_000).toString(36));
    const text = words.join(" ");
    const changed = words.with(1500, "changed").join("   ");
    const other = words.toReversed().join(" ");
    const rows = [text, changed, other].map((text) => ({ text }));
    expect(await runDeduplicator(documentMinhashDeduplicator, rows)).toEqual([0, 0, 2]);
  });

  it("joins what is joined by a third", async () => {
    const { originals } = await readyOf(documentMinhashDeduplicator, { num_bands: 2, num_rows_per_band: 1 });
    const key = (...bands: number[]): Uint8Array => new Uint8Array(Float64Array.from(bands).buffer);
    const keys = [key(1, 2), key(3, 4), key(5, 6), key(3, 2), undefined];
    expect([...originals(keyTable(keys))]).toEqual([0, 0, 2, 0, 4]);
  });

  it.each([
    [{ num_bands: 26, num_rows_per_band: 10 }, "260 permutations"],
    [{ tokenization: "sentencepiece" }, "no tokenizer"],
  ])("refuses %j", async (args, message) => {
    await expect(async () => readyOf(documentMinhashDeduplicator, args)).rejects.toThrow(message);
  });

  it("cuts by a tokenizer where one is given", async () => {
    const tokenizer_model = "assets/stories260k";
    const rows = ["Once upon a time 你好 😀", "once upon a time 你好 😀", "seven little bears"].map((text) => ({
      text,
    }));
    const args = { tokenization: "sentencepiece", window_size: 2, tokenizer_model };
    expect(await runDeduplicator(documentMinhashDeduplicator, rows, args)).toEqual([0, 0, 2]);
  });
});

describe("MinHash", () => {
  const PERMUTATIONS = 256;
  const kernel = createMinHashKernel(drawPermutations(PERMUTATIONS));
  const sign = (hashes: readonly number[]): Uint32Array => {
    kernel.start();
    kernel.hashes.set(hashes);
    kernel.add(hashes.length);
    return kernel.minima();
  };

  /** Two sets of hashes with so many in common, and so many of their own. */
  const pairOf = (common: number, own: number, seed: number): readonly [number[], number[]] => {
    const draw = randomAt(seed, "sets", common, own);
    const make = (length: number): number[] => Array.from({ length }, () => draw.integer(2 ** 32));
    const shared = make(common);
    return [
      [...shared, ...make(own)],
      [...make(own), ...shared],
    ];
  };

  it("estimates the Jaccard similarity", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: 60 }),
        fc.nat(1000),
        (common, own, seed) => {
          const [a, b] = pairOf(common, own, seed).map(sign) as [Uint32Array, Uint32Array];
          const equal = a.filter((value, i) => value === b[i]).length / PERMUTATIONS;
          const similarity = common / (common + 2 * own);
          const deviation = Math.sqrt((similarity * (1 - similarity)) / PERMUTATIONS);
          expect(Math.abs(equal - similarity)).toBeLessThanOrEqual(5 * deviation);
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });

  it("finds pairs as often as the S-curve says", () => {
    const PAIRS = 300;
    const shape = { bands: 25, rows: 10 };
    for (const [common, own] of [
      [50, 25],
      [70, 15],
      [80, 10],
    ] as const) {
      let found = 0;
      for (let seed = 0; seed < PAIRS; seed++) {
        const keys = pairOf(common, own, seed).map((hashes) => {
          sign(hashes);
          return new BigUint64Array(kernel.bandKeys(shape.bands, shape.rows).buffer);
        });
        if (keys[0]?.some((key, band) => key === keys[1]?.[band])) found++;
      }
      const expected = matchProbability(common / (common + 2 * own), shape);
      const deviation = Math.sqrt((expected * (1 - expected)) / PAIRS);
      expect(Math.abs(found / PAIRS - expected)).toBeLessThanOrEqual(5 * deviation);
    }
  });

  it("tells short texts apart, and finds the equal ones", async () => {
    const texts = ["", "a b", "c d", "a b", "", "...", "the quick brown fox jumps over the lazy dog today"];
    const rows = texts.map((text) => ({ text }));
    expect(await runDeduplicator(documentMinhashDeduplicator, rows)).toEqual([0, 0, 0, 0, 0, 0, 6]);
    const apart = { short_texts: "apart" };
    expect(await runDeduplicator(documentMinhashDeduplicator, rows, apart)).toEqual([0, 1, 2, 1, 0, 5, 6]);
    expect(await runDeduplicator(documentSimhashDeduplicator, rows, apart)).toEqual([0, 1, 2, 1, 0, 5, 6]);
  });

  it("gives keys of one width, also to a text without a window", async () => {
    const { key, keyBytes } = await readyOf(documentMinhashDeduplicator);
    expect(keyBytes).toBe(200);
    const keys = ["", "too short", "  one two three four  "].map((text) => key(createSample({ text }, "rows.jsonl:1")));
    expect(keys.map((found) => (found as Uint8Array).length)).toEqual([200, 200, 200]);
    expect(new Set(keys.map(String)).size).toBe(1);
  });
});
