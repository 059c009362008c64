import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { processLogits, sampleToken, type SamplingOptions } from "./sampling.ts";

interface Case {
  readonly options: SamplingOptions;
  readonly seen: readonly number[];
  readonly logits: readonly number[];
  /** null where the token is out. */
  readonly processed: readonly (number | null)[];
}
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/golden/generate/sampling.json"), "utf8"),
) as { readonly cases: readonly Case[] };

describe("processLogits", () => {
  it.each(golden.cases.map((one, i) => [i, JSON.stringify(one.options), one] as const))(
    "case %i agrees with transformers: %s",
    (_, __, { options, seen, logits, processed }) => {
      const got = processLogits(Float32Array.from(logits), seen, options);
      for (const [i, want] of processed.entries()) {
        if (want === null) expect(got[i]).toBe(Number.NEGATIVE_INFINITY);
        else expect(Math.abs((got[i] as number) - want)).toBeLessThan(1e-5 * (1 + Math.abs(want)));
      }
    },
  );
});

describe("sampleToken", () => {
  const logits = Float32Array.of(0, Math.log(2), Math.log(5), Number.NEGATIVE_INFINITY);

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

  it("takes the first of equals at temperature 0", () => {
    expect(sampleToken(Float32Array.of(1, 3, 3), [], { temperature: 0 }, { seed: 0, sequence: 0, step: 0 })).toBe(1);
  });
});
