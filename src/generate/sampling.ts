/**
 * The next token from logits: pure functions on one row. The chain is that of transformers: repetition penalty,
 * temperature, top-k, top-p, min-p. A draw is addressed by seed, sequence and step, so the batch a sequence
 * stands in never changes its text.
 */
import { fail } from "../base/errors.ts";
import { randomAt } from "../base/random.ts";
import {
  argmax,
  divideByTemperature,
  keepMinP,
  keepTopK,
  keepTopP,
  penalizeRepetition,
  tokenAt,
} from "./processors.ts";

export interface SamplingOptions {
  /** 0 takes the likeliest token (the first of equals). */
  readonly temperature?: number;
  /** 0 for all. */
  readonly topK?: number;
  /** 1 for all. */
  readonly topP?: number;
  /** 0 for all. */
  readonly minP?: number;
  /** 1 for none. */
  readonly repetitionPenalty?: number;
}

type Bounds = readonly [test: (value: number) => boolean, wants: string];

const bounds: Readonly<Record<keyof SamplingOptions, Bounds>> = {
  temperature: [(value) => value >= 0 && value < Infinity, "a number from 0"],
  topK: [(value) => Number.isInteger(value) && value >= 0, "a whole number from 0"],
  topP: [(value) => value >= 0 && value <= 1, "a number from 0 to 1"],
  minP: [(value) => value >= 0 && value <= 1, "a number from 0 to 1"],
  repetitionPenalty: [(value) => value > 0 && value < Infinity, "a number above 0"],
};

/** @throws E_GENERATE_OPTION for a value out of range; `where` says where they come from. */
export function checkSampling(options: SamplingOptions, where: string): void {
  for (const [name, [test, wants]] of Object.entries(bounds)) {
    const value = options[name as keyof SamplingOptions];
    if (value !== undefined && !test(value)) {
      fail("E_GENERATE_OPTION", { where, what: `${name} is ${JSON.stringify(value)}, wants ${wants}.` });
    }
  }
}

/** Logits after the chain, on a copy. Without sampling (temperature 0) only the repetition penalty applies. */
export function processLogits(logits: Float32Array, seen: Iterable<number>, options: SamplingOptions): Float32Array {
  const { temperature = 1, topK = 0, topP = 1, minP = 0, repetitionPenalty = 1 } = options;
  const processed = logits.slice();
  if (repetitionPenalty !== 1) penalizeRepetition(processed, seen, repetitionPenalty);
  if (temperature === 0) return processed;
  if (temperature !== 1) divideByTemperature(processed, temperature);
  if (topK > 0) keepTopK(processed, topK);
  if (topP < 1) keepTopP(processed, topP);
  if (minP > 0) keepMinP(processed, minP);
  return processed;
}

export interface DrawAddress {
  readonly seed: number;
  /** Number of the sequence among all that were asked for. */
  readonly sequence: number;
  /** Number of the generated token. */
  readonly step: number;
}

/** The next token. `seen` are the ids of prompt and answer so far. @throws E_GENERATE_NOT_FINITE */
export function sampleToken(
  logits: Float32Array,
  seen: Iterable<number>,
  options: SamplingOptions,
  address: DrawAddress,
): number {
  requireFinite(logits, address);
  const processed = processLogits(logits, seen, options);
  if (options.temperature === 0) return argmax(processed);
  const { seed, sequence, step } = address;
  return tokenAt(processed, randomAt(seed, "generate", sequence, step).uniform());
}

/** Minus infinity rules a token out; NaN, infinity or no token at all would make the choice an accident. */
function requireFinite(logits: Float32Array, { sequence, step }: DrawAddress): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    const value = logits[i] as number;
    // Once NaN, it stays: no comparison with NaN holds.
    if (value > top || Number.isNaN(value)) top = value;
  }
  if (Number.isFinite(top)) return;
  fail("E_GENERATE_NOT_FINITE", {
    where: `sequence ${sequence + 1}, token ${step + 1}`,
    what: `the largest logit is ${top}.`,
  });
}
