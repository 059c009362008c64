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
export function parseFloatOf(text: string): number | undefined {
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

/** Rows ordered by a number each, from the least; rows of the same stay in order. */
export const ascending = (rows: readonly number[], values: readonly number[]): readonly number[] =>
  [...rows].sort((a, b) => compareNumbers(values[a] as number, values[b] as number));

/** Rows ordered by a number each, from the greatest; rows of the same stay in order. */
export const descending = (rows: readonly number[], values: readonly number[]): readonly number[] =>
  [...rows].sort((a, b) => compareNumbers(values[b] as number, values[a] as number));

// A difference of infinite numbers is none.
const compareNumbers = (a: number, b: number): number => (a < b ? -1 : Number(a > b));
