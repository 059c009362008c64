/**
 * Dropout before adapters, without masks from the host. The mask is a function of (row number of the token, module,
 * column), multiplied out in the graph: an element is kept when row * module * column, wrapped to 32 bits, is above a
 * threshold. All three are odd random numbers, so each product is uniform, and products of different columns or rows
 * are independent in pairs. The host feeds one number for a token instead of a mask for every module.
 */
import { hashAddress, randomAt } from "../../base/random.ts";
import { cast, constant, greaterOrEqual, mul, unsqueeze, type Tensor } from "../../tensor/index.ts";

/** x [batch, time, width] of the module at `path`, parts of it zeroed. */
export type Drop = (x: Tensor, path: string) => Tensor;

/** Kept elements are divided by 1 - rate; without rows (int32 [batch, time]) nothing is dropped. */
export function createDropout(rate: number, rows: Tensor | undefined): Drop {
  if (rows === undefined || rate === 0) return (x) => x;
  const kept = keepOf(rate, rows);
  return (x, path) => mul(kept(x, path), 1 / (1 - rate));
}

/** The same without the division, for those who have a factor anyway. */
export function keepOf(rate: number, rows: Tensor): Drop {
  const columns = new Map<number, Tensor>();
  const columnsOf = (width: number): Tensor => {
    const made = columns.get(width) ?? dropoutColumns(width);
    columns.set(width, made);
    return made;
  };
  const threshold = constant(Int32Array.of(Math.round(rate * 2 ** 32 - 2 ** 31)), "int32", [1]);
  return (x, path) => {
    const factor = constant(Int32Array.of(hashAddress(["lora-dropout-module", path]) | 1), "int32", [1]);
    const drawn = mul(mul(unsqueeze(rows, [2]), factor), columnsOf(x.shape.at(-1) as number)); // int32 [batch, time, width], wrapping
    // A product with zeros and ones: the engine's Where takes three times as long.
    return mul(x, cast(greaterOrEqual(drawn, threshold), "float32"));
  };
}

function dropoutColumns(width: number): Tensor {
  const odd = Int32Array.from({ length: width }, (_, i) => hashAddress(["lora-dropout-column", i]) | 1);
  return constant(odd, "int32", [width]);
}

/** The number of each token of one sample for dropout: the same for this address wherever the sample lies in a batch. */
export function dropoutRow(length: number, seed: number, ...address: readonly (string | number)[]): Int32Array {
  const random = randomAt(seed, "lora-dropout", ...address);
  return Int32Array.from({ length }, () => random.integer(2 ** 32) | 1);
}
