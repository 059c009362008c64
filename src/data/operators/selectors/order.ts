/** Orders of values as Python has them. */
import { strip } from "../text/python-strings.ts";

/** Compares texts by code points; JavaScript alone would put emoji before U+E000 to U+FFFF. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Halves of astral characters come after all others. */
const rank = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

const decimal = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/i;
const infinite = /^([+-]?)inf(?:inity)?$/i;

/** `float` of Python for a text; undefined where it would fail, and for what is not a number. */
function parseFloatOf(text: string): number | undefined {
  const bare = strip(text);
  if (decimal.test(bare)) return Number(bare.replaceAll("_", ""));
  const found = infinite.exec(bare);
  if (found === null) return undefined;
  return found[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** A statistic as one number: a text is read, a list stands for its mean; undefined where there is none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isNaN(value) ? undefined : value;
  if (typeof value === "boolean" || typeof value === "bigint") return Number(value);
  if (typeof value === "string") return parseFloatOf(value);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  let sum = 0;
  for (const part of value as readonly unknown[]) {
    if (typeof part !== "number" && typeof part !== "boolean") return undefined;
    sum += Number(part);
  }
  return Number.isNaN(sum) ? undefined : sum / value.length;
}

/** Stands for values that are no number: `sys.maxsize` of Python. Infinite values lie beyond it. */
export const BEYOND = 2 ** 63;

/** Keys as numbers, `missing` where there is none; `from` of typed arrays would hold all of them a second time. */
export function numbersOr(missing: number, keys: readonly unknown[]): Float64Array {
  const values = new Float64Array(keys.length);
  for (let i = 0; i < keys.length; i++) values[i] = (keys[i] as number | null | undefined) ?? missing;
  return values;
}

/** All rows ordered by a text each, from the least or the greatest; rows of the same stay in order. */
export function orderByText(texts: readonly string[], greatestFirst: boolean): Uint32Array {
  const sign = greatestFirst ? -1 : 1;
  const rows = Uint32Array.from({ length: texts.length }, (_, row) => row);
  return rows.sort((a, b) => sign * compareTexts(texts[a] as string, texts[b] as string) || a - b);
}

type Rows = Uint32Array | readonly number[];
type Values = Float64Array | readonly number[];

/** Rows ordered by a number each, from the least; rows of the same stay in order. */
export const ascending = (rows: Rows, values: Values): Uint32Array => sortRows(rows, values, 0);

/** Rows ordered by a number each, from the greatest; rows of the same stay in order. */
export const descending = (rows: Rows, values: Values): Uint32Array => sortRows(rows, values, 0xffff_ffff);

const DIGIT = 16;
const DIGITS = 1 << DIGIT;

/**
 * Sorted digit by digit, from the last to the first: what compares two at a time takes minutes for ten million rows.
 * `flip` turns all bits of the keys, and with them the order.
 */
function sortRows(rows: Rows, values: Values, flip: number): Uint32Array {
  const keys = orderedBits(values, flip);
  let order = Uint32Array.from(rows);
  let next = new Uint32Array(order.length);
  const starts = new Uint32Array(DIGITS);
  for (let digit = 0; digit < 64; digit += DIGIT) {
    const [word, shift] = [digit < 32 ? 0 : 1, digit % 32];
    const digitOf = (row: number): number => ((keys[2 * row + word] as number) >>> shift) & (DIGITS - 1);
    starts.fill(0);
    for (const row of order) starts[digitOf(row)] = (starts[digitOf(row)] as number) + 1;
    let start = 0;
    for (let i = 0; i < DIGITS; i++) {
      const count = starts[i] as number;
      starts[i] = start;
      start += count;
    }
    for (const row of order) {
      const place = digitOf(row);
      next[starts[place] as number] = row;
      starts[place] = (starts[place] as number) + 1;
    }
    [order, next] = [next, order];
  }
  return order;
}

/** Two words for each value, the low one first, that are ordered as the values are when read as one integer. */
function orderedBits(values: Values, flip: number): Uint32Array {
  const numbers = new Float64Array(values.length);
  // Adding 0 makes one zero of the two.
  for (let i = 0; i < values.length; i++) numbers[i] = (values[i] as number) + 0;
  const words = new Uint32Array(numbers.buffer);
  for (let i = 0; i < words.length; i += 2) {
    // Negative numbers are ordered backwards by their bits; the sign bit is turned so that they come first.
    const [low, high] = (words[i + 1] as number) >>> 31 === 1 ? [0xffff_ffff, 0xffff_ffff] : [0, 0x8000_0000];
    words[i] = (words[i] as number) ^ low ^ flip;
    words[i + 1] = (words[i + 1] as number) ^ high ^ flip;
  }
  return words;
}
