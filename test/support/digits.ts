/** The handwritten digits of test/fixtures/data/digits.bin.gz: 1797 of 8 x 8, some held out. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { permutation } from "../../src/base/random.ts";

const PIXELS = 64;

export interface Digits {
  /** [count][64], from 0 to 1. */
  readonly inputs: readonly Float32Array[];
  readonly labels: readonly number[];
}

/** 1297 to train on and 500 held out. */
export function readDigits(): { readonly train: Digits; readonly heldOut: Digits } {
  const bytes = gunzipSync(readFileSync(new URL("../fixtures/data/digits.bin.gz", import.meta.url)));
  const count = bytes.length / (PIXELS + 1);
  const order = permutation(count, 0, "digits");
  const take = (from: number, to: number): Digits => {
    const rows = Array.from(order.subarray(from, to), (row) => row * (PIXELS + 1));
    return {
      inputs: rows.map((at) => Float32Array.from(bytes.subarray(at, at + PIXELS), (value) => value / 16)),
      labels: rows.map((at) => bytes[at + PIXELS] as number),
    };
  };
  return { train: take(0, 1297), heldOut: take(1297, count) };
}
