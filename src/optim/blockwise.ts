/**
 * Block-wise dynamic quantization (Dettmers et al. 2022, "8-bit Optimizers via Block-wise Quantization",
 * arXiv 2110.02861, section 2): blocks of 256 numbers, each divided by its largest, then the nearest of 256 values that
 * lie closer together toward 0. The values are those of bitsandbytes' create_dynamic_map.
 */
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";

export const BLOCK = 256;

/** The 256 values from low to high: seven decades, each with twice as many values as the one below; 0 and 1. */
export function dynamicMap(signed: boolean): Float32Array {
  const values = [0, 1];
  for (let decade = 0; decade < 7; decade++) {
    const count = 2 ** (decade + (signed ? 0 : 1));
    for (let i = 0; i < count; i++) {
      const middle = 0.1 + (0.9 * (i + 0.5)) / count;
      const value = middle * 10 ** (decade - 6);
      values.push(value);
      if (signed) values.push(-value);
    }
  }
  return Float32Array.from(values.toSorted((a, b) => a - b));
}

export interface Quantized {
  /** uint8 [blocks, 256] */
  readonly codes: Tensor;
  /** float32 [blocks, 1] */
  readonly largest: Tensor;
}

/** One quantization of blocks as graph functions. */
export function blockwise(signed: boolean) {
  const map = dynamicMap(signed);
  const table = (): Tensor => t.constant(map, "float32", [256]);
  const at = (indices: Tensor): Tensor => t.gather(table(), t.cast(indices, "int64"));
  /** codes uint8 [blocks, 256], largest [blocks, 1] -> [blocks, 256] */
  const dequantize = ({ codes, largest }: Quantized): Tensor => t.mul(at(codes), largest);

  /** x [blocks, 256] */
  const quantize = (x: Tensor): Quantized => {
    const largest = t.reduceMax(t.abs(x), [1]);
    const unit = t.div(x, t.where(t.greater(largest, 0), largest, 1));
    const guess = position(t.abs(unit), signed);
    const zero = signed ? 127 : 0;
    const start = signed ? t.add(t.mul(guess, t.sign(unit)), zero) : guess;
    // The guess is right but for the borders of decades; its neighbours decide.
    let [best, distance] = [start, t.abs(t.sub(unit, at(start)))];
    for (const offset of [-1, 1]) {
      const other = t.minimum(t.maximum(t.add(start, offset), 0), 255);
      const far = t.abs(t.sub(unit, at(other)));
      const nearer = t.less(far, distance);
      [best, distance] = [t.where(nearer, other, best), t.where(nearer, far, distance)];
    }
    return { codes: t.cast(best, "uint8"), largest };
  };
  return { dequantize, quantize };
}

/** About the place of |x| among the values above 0, counted from 0 for 0. */
function position(magnitude: Tensor, signed: boolean): Tensor {
  const safe = t.maximum(magnitude, 1e-12);
  const decade = t.minimum(t.maximum(t.add(t.floor(t.mul(t.log(safe), 1 / Math.LN10)), 7), 0), 6);
  const count = t.pow(t.expand(t.scalar(2), decade.shape), signed ? decade : t.add(decade, 1));
  const low = t.pow(t.expand(t.scalar(10), decade.shape), t.sub(decade, 7));
  const inDecade = t.floor(t.mul(t.div(t.sub(t.div(safe, low), 1), 9), count));
  const below = t.sub(count, signed ? 1 : 2);
  const found = t.add(t.add(below, t.minimum(t.maximum(inDecade, 0), t.sub(count, 1))), 1);
  return t.mul(found, t.cast(t.greater(magnitude, 1e-12), "float32"));
}
