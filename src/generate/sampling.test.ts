import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { randomAt } from "../base/random.ts";
import { keepTopK, keepTopP } from "./processors.ts";
import { checkSampling, processLogits, sampleToken, type SamplingOptions } from "./sampling.ts";

const OUT = Number.NEGATIVE_INFINITY;

interface Case {
  readonly options: SamplingOptions;
  readonly seen: readonly number[];
  /** null is minus infinity, here and below. */
  readonly logits: readonly (number | null)[];
  readonly processed: readonly (number | null)[];
}
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/golden/generate/sampling.json"), "utf8"),
) as { readonly cases: readonly Case[] };

const row = (values: readonly (number | null)[]): Float32Array => Float32Array.from(values, (value) => value ?? OUT);
const throwsCode = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return isTunesmithError(error) ? error.code : undefined;
  }
  return undefined;
};

describe("processLogits", () => {
  it.each(golden.cases.map((one, i) => [i, JSON.stringify(one.options), one] as const))(
    "case %i agrees with transformers: %s",
    (_, __, { options, seen, logits, processed }) => {
      const got = processLogits(row(logits), seen, options);
      expect(Array.from(got, (value) => value === OUT)).toEqual(processed.map((value) => value === null));
      for (const [i, want] of processed.entries()) {
        if (want !== null) expect(Math.abs((got[i] as number) - want)).toBeLessThan(1e-5 * (1 + Math.abs(want)));
      }
    },
  );

  it("leaves its input as it was", () => {
    const logits = Float32Array.of(1, 2, 3);
    processLogits(logits, [0], { temperature: 2, topK: 1, topP: 0.5, minP: 0.5, repetitionPenalty: 2 });
    expect([...logits]).toEqual([1, 2, 3]);
  });
});

describe("processors on a whole vocabulary", () => {
  /** A few likely tokens and a long tail, on a grid so that there are equals. */
  const vocabulary = (seed: number): Float32Array => {
    const random = randomAt(seed, "vocabulary");
    return Float32Array.from({ length: 3000 }, () => Math.round(8 * random.normal()) / 4);
  };
  const descending = (logits: Float32Array): number[] =>
    Array.from(logits.keys()).sort((a, b) => (logits[b] as number) - (logits[a] as number) || b - a);
  const kept = (logits: Float32Array): number[] => [...logits.keys()].filter((i) => logits[i] !== OUT);

  it.each([1, 7, 400])("top-k %i keeps what sorting keeps", (k) => {
    const logits = vocabulary(k);
    const bound = logits[descending(logits)[k - 1] as number] as number;
    const wanted = kept(logits.map((value) => (value < bound ? OUT : value)));
    keepTopK(logits, k);
    expect(kept(logits)).toEqual(wanted);
  });

  it.each([0.05, 0.5, 0.9, 0.999])("top-p %d keeps the fewest tokens that reach p", (p) => {
    const logits = vocabulary(Math.round(p * 1000));
    const order = descending(logits);
    const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
    const wanted: number[] = [];
    let reached = 0;
    while (reached < p) {
      const id = order[wanted.length] as number;
      wanted.push(id);
      reached += Math.exp(logits[id] as number) / total;
    }
    keepTopP(logits, p);
    expect(kept(logits)).toEqual(wanted.sort((a, b) => a - b));
  });
});

describe("sampleToken", () => {
  const logits = Float32Array.of(0, Math.log(2), Math.log(5), OUT);
  const at = { seed: 0, sequence: 0, step: 0 };

  it("draws tokens as often as they are likely", () => {
    const counts = [0, 0, 0, 0];
    const draws = 8000;
    for (let step = 0; step < draws; step++) {
      const id = sampleToken(logits, [], {}, { seed: 3, sequence: 0, step });
      counts[id] = (counts[id] as number) + 1;
    }
    for (const [id, share] of [1 / 8, 2 / 8, 5 / 8, 0].entries()) {
      expect(Math.abs((counts[id] as number) / draws - share)).toBeLessThan(0.02);
    }
  });

  it("draws alike at one address, and otherwise at another seed, sequence or step", () => {
    const even = new Float32Array(1000);
    const drawAt = (seed: number, sequence: number, step: number) =>
      sampleToken(even, [], {}, { seed, sequence, step });
    expect(drawAt(1, 2, 3)).toBe(drawAt(1, 2, 3));
    expect(new Set([drawAt(1, 2, 3), drawAt(2, 2, 3), drawAt(1, 3, 3), drawAt(1, 2, 4)]).size).toBe(4);
  });

  it.each([1e-37, 1e-38, 1e-42, 5e-324])("takes the likeliest at the tiny temperature %s", (temperature) => {
    const logits = Float32Array.of(-20, 3, 19.5, 19, Number.NEGATIVE_INFINITY);
    for (let step = 0; step < 20; step++) expect(sampleToken(logits, [], { temperature }, { ...at, step })).toBe(2);
  });

  it("takes the first of equals at temperature 0", () => {
    expect(sampleToken(Float32Array.of(1, 3, 3), [], { temperature: 0 }, at)).toBe(1);
  });

  it("refuses logits that are no numbers, and rows without a token", () => {
    for (const bad of [
      [1, Number.NaN, 2],
      [Infinity, 1],
      [OUT, OUT],
    ]) {
      for (const temperature of [0, 1]) {
        const sample = () => sampleToken(Float32Array.from(bad), [], { temperature }, at);
        expect(throwsCode(sample)).toBe("E_GENERATE_NOT_FINITE");
      }
    }
  });
});

describe("checkSampling", () => {
  it.each<SamplingOptions>([
    { temperature: -1 },
    { temperature: Number.NaN },
    { topK: 1.5 },
    { topK: -1 },
    { topP: 1.1 },
    { minP: -0.1 },
    { repetitionPenalty: 0 },
  ])("refuses %j", (options) => {
    expect(throwsCode(() => checkSampling(options, "test"))).toBe("E_GENERATE_OPTION");
  });

  it("accepts every bound", () => {
    checkSampling({}, "test");
    checkSampling({ temperature: 0, topK: 0, topP: 0, minP: 1, repetitionPenalty: 0.5 }, "test");
    checkSampling({ topP: 1, minP: 0 }, "test");
  });
});
