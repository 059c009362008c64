/** Sizes of files as arguments write them: "200KB" is 200 * 1024 bytes, as in Data-Juicer. */
import * as z from "zod";
import { arg, rangeTest } from "../args.ts";

const units = "kmgtpezy";
const pattern = /^\s*(\d+)\s*(?:([kmgtpezy])i?b)?\s*$/i;

/** Whole numbers only: Data-Juicer would read "1.5MB" as 15 MB. */
const size = z.union([
  z.string().regex(pattern, "wants a whole number with or without a unit: 4096, 200KB, 10MiB"),
  z.number().int().min(0),
]);

export const sizeRangeArgs = {
  min_size: arg(size.default("0"), "Least size of a file: bytes, or with a unit like 10KB, 2MiB, 1GB (of 1024)."),
  max_size: arg(size.default("1TB"), "Greatest size of a file."),
} as const;

type SizeArgs = Parameters<typeof rangeTest>[0] & {
  readonly min_size: string | number;
  readonly max_size: string | number;
};

/** Whether a number of bytes is in the range of the arguments. */
export function sizeTest(args: SizeArgs): (bytes: number) => boolean {
  const inBytes = { ...args, min_size: bytesOf(args.min_size), max_size: bytesOf(args.max_size) };
  return rangeTest(inBytes, "size");
}

/** Bytes of a size that the schema let through. */
function bytesOf(given: string | number): number {
  if (typeof given === "number") return given;
  const [, digits = "0", unit] = pattern.exec(given) ?? [];
  return Number(digits) * 1024 ** (unit === undefined ? 0 : units.indexOf(unit.toLowerCase()) + 1);
}
