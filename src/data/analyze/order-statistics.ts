/**
 * The k-th smallest of many numbers, for several k at once, without sorting or holding them: numbers are read four
 * times, and each time 16 more bits of the wanted ones become known by counting (radix selection, from the highest
 * bits down).
 */
import type { Scan } from "./number-columns.ts";

interface Wanted {
  readonly rank: number;
  /** Rank among the numbers that begin with `prefix`. */
  left: number;
  /** The bits that are known, as a text that is the key of `counts`. */
  prefix: bigint;
}

const DIGIT = 1 << 16;

/** Numbers by rank, from 0; NaN is passed by. */
export function orderStatistics(scan: Scan, ranks: readonly number[]): ReadonlyMap<number, number> {
  const wanted = [...new Set(ranks)].map((rank): Wanted => ({ rank, left: rank, prefix: 0n }));
  for (let digit = 0; digit < 4; digit++) {
    const prefixes = [...new Set(wanted.map(({ prefix }) => prefix))];
    const counts = countDigits(scan, prefixes, digit);
    for (const one of wanted) {
      const own = counts[prefixes.indexOf(one.prefix)] as Uint32Array;
      let bin = 0;
      while (one.left >= (own[bin] as number)) one.left -= own[bin++] as number;
      one.prefix = (one.prefix << 16n) | BigInt(bin);
    }
  }
  return new Map(wanted.map(({ rank, prefix }) => [rank, toNumber(prefix)]));
}

/** How many numbers with each prefix have which next 16 bits. */
function countDigits(scan: Scan, prefixes: readonly bigint[], digit: number): readonly Uint32Array[] {
  const counts = prefixes.map(() => new Uint32Array(DIGIT));
  // Prefixes as two numbers: comparing them is what takes the time.
  const heads = prefixes.map((prefix) => Number(digit <= 2 ? prefix : prefix >> 16n));
  const tails = prefixes.map((prefix) => Number(digit <= 2 ? 0n : prefix & 0xffffn));
  for (const piece of scan()) {
    const words = new Uint32Array(piece.buffer, piece.byteOffset, piece.length * 2);
    for (let i = 0; i < piece.length; i++) {
      if (Number.isNaN(piece[i])) continue;
      let low = words[2 * i] as number;
      let high = words[2 * i + 1] as number;
      // As unsigned words in this form numbers are in the order of their values.
      const negative = high >>> 31 === 1;
      high = negative ? ~high >>> 0 : (high | 0x80000000) >>> 0;
      if (negative) low = ~low >>> 0;
      const head = digit === 0 ? 0 : digit === 1 ? high >>> 16 : high;
      const tail = digit === 3 ? low >>> 16 : 0;
      const next = digit === 0 ? high >>> 16 : digit === 1 ? high & 0xffff : digit === 2 ? low >>> 16 : low & 0xffff;
      for (let p = 0; p < heads.length; p++) {
        if (heads[p] !== head || tails[p] !== tail) continue;
        const own = counts[p] as Uint32Array;
        own[next] = (own[next] as number) + 1;
        break;
      }
    }
  }
  return counts;
}

function toNumber(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits >> 63n === 1n ? bits ^ (1n << 63n) : ~bits & 0xffff_ffff_ffff_ffffn);
  return view.getFloat64(0);
}
