/**
 * Samples longer than the model takes. The strategies are ms-swift's: `delete` leaves the sample out, `left` and
 * `right` cut that side off, `split` makes several samples of one (for pretraining), `raise` stops.
 */
import { fail } from "../base/errors.ts";
import type { EncodedSample } from "./encode.ts";
import { IGNORE } from "./message.ts";

export const truncations = ["delete", "left", "right", "raise"] as const;

export type Truncation = (typeof truncations)[number];

/** A sample left out, and why; to be counted and reported. */
export interface Dropped {
  readonly dropped: "too long" | "nothing left to train after cutting";
  /** Tokens of the whole sample. */
  readonly length: number;
}

export function isDropped(result: EncodedSample | Dropped): result is Dropped {
  return "dropped" in result;
}

/** Throws E_TEXT_TOO_LONG with strategy "raise". */
export function truncate(sample: EncodedSample, maxLength: number, strategy: Truncation): EncodedSample | Dropped {
  const { length } = sample.ids;
  if (length <= maxLength) return sample;
  if (strategy === "raise") {
    fail("E_TEXT_TOO_LONG", { what: `The sample has ${length} tokens, and the limit is ${maxLength}.` });
  }
  if (strategy === "delete") return { dropped: "too long", length };
  const cut = strategy === "left" ? part(sample, length - maxLength, length) : part(sample, 0, maxLength);
  return cut.labels.some((label) => label !== IGNORE)
    ? cut
    : { dropped: "nothing left to train after cutting", length };
}

/** Cuts a sample into pieces of at most `maxLength` tokens; pieces without a trained token are left out. */
export function splitSample(sample: EncodedSample, maxLength: number): EncodedSample[] {
  const pieces: EncodedSample[] = [];
  for (let from = 0; from < sample.ids.length; from += maxLength) {
    pieces.push(part(sample, from, Math.min(from + maxLength, sample.ids.length)));
  }
  return pieces.filter((piece) => piece.labels.some((label) => label !== IGNORE));
}

/** The first token of a piece has nothing before it to be predicted from. */
function part(sample: EncodedSample, from: number, to: number): EncodedSample {
  const labels = sample.labels.slice(from, to);
  if (labels.length > 0) labels[0] = IGNORE;
  const weights = sample.weights?.slice(from, to);
  if (weights !== undefined && weights.length > 0) weights[0] = 0;
  return { ids: sample.ids.slice(from, to), labels, ...(weights !== undefined && { weights }) };
}
