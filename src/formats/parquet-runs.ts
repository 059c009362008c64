/**
 * A look at the runs inside of an unpacked Parquet page before hyparquet decodes it: it repeats a value as often as a
 * run says, also beyond the values of the page, and joins prefixes of byte arrays without an end.
 *
 * Follows Encodings.md of Parquet: levels and indices in the RLE and bit-packing hybrid, DELTA_BYTE_ARRAY.
 */
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";

/** What the headers say about a page. */
export interface PageFacts {
  readonly encoding: string;
  /** Values, nulls among them. */
  readonly values: number;
  /** Where values begin, if levels do not stand before them (version 2, and dictionaries). */
  readonly separate: boolean;
  /** Highest levels of the column. */
  readonly repetition: number;
  readonly definition: number;
  readonly type: string;
}

/** Bytes that the joined texts of one page may take. */
const JOINED_LIMIT = 2 ** 28;

/** Bits of a number. */
const widthOf = (highest: number): number => 32 - Math.clz32(highest);

/** Why an unpacked page cannot be decoded, or undefined. @throws RangeError where it is cut short */
export function findRunFault(page: Uint8Array, facts: PageFacts): string | undefined {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  let at = 0;
  if (!facts.separate) {
    for (const highest of [facts.repetition, facts.definition]) {
      if (highest === 0) continue;
      const length = view.getUint32(at, true);
      const fault = findHybridFault(page.subarray(at + 4, at + 4 + length), widthOf(highest), facts.values);
      if (fault !== undefined) return fault;
      at += 4 + length;
    }
  }
  const rest = page.subarray(at);
  if (facts.encoding.endsWith("_DICTIONARY")) {
    const width = rest[0] ?? 0;
    if (width > 32) return `claims indices of ${width} bits`;
    return width === 0 ? undefined : findHybridFault(rest.subarray(1), width, facts.values);
  }
  if (facts.encoding === "RLE") {
    return facts.type === "BOOLEAN" ? findHybridFault(rest.subarray(4), 1, facts.values) : "claims RLE of no booleans";
  }
  return facts.encoding === "DELTA_BYTE_ARRAY" ? findPrefixFault(view, at, facts.values) : undefined;
}

/** Whether runs are within the number of values. Fewer are left to the decoder, which knows the nulls. */
export function findHybridFault(bytes: Uint8Array, width: number, values: number): string | undefined {
  const bytesOfValue = (width + 7) >> 3;
  let [at, seen] = [0, 0];
  while (at < bytes.length && seen < values) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 28) return "has a run without a length";
      header |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    const count = (header & 1) === 1 ? (header >>> 1) * 8 : header >>> 1;
    if ((header & 1) === 1) {
      // Writers fill the last group up; what is too much is passed over, and bytes are behind it.
      at += (header >>> 1) * width;
    } else {
      if (count > values - seen) return `has a run of ${count} values where ${values - seen} are left`;
      at += bytesOfValue;
    }
    seen += count;
  }
  return undefined;
}

/** Lengths of prefixes and of what follows them, summed up before anything is joined. */
function findPrefixFault(view: DataView, offset: number, values: number): string | undefined {
  if (values === 0) return undefined;
  const reader = { view, offset };
  const prefixes = new Int32Array(values);
  const suffixes = new Int32Array(values);
  deltaBinaryUnpack(reader, values, prefixes);
  deltaBinaryUnpack(reader, values, suffixes);
  let joined = 0;
  for (let i = 0; i < values; i++) joined += Math.max(0, prefixes[i] ?? 0);
  return joined > JOINED_LIMIT ? `has texts of more than ${JOINED_LIMIT} bytes` : undefined;
}
