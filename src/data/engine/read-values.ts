/** What a stage wrote for a selector or grouper, one JSON value for each row, read without holding the file. */
import { hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { matchEqualKeys } from "../operators/deduplicators/equal-keys.ts";

const NEWLINE = 0x0a;
const CHUNK_BYTES = 1 << 18;

/** Lines without their ends. */
async function eachLine(path: string, take: (line: Buffer) => void): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    const bytes = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      take(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
}

/** Different texts that are kept to be shared; a map holds no more than 16 million. */
const SHARED_TEXTS = 1 << 20;

/**
 * Values in the order of rows; undefined where a row has none. Numbers take eight bytes each as long as all rows have
 * one, and equal texts are one text.
 */
export async function readValues(path: string): Promise<readonly unknown[]> {
  const values: unknown[] = [];
  const shared = new Map<string, string>();
  await eachLine(path, (line) => {
    if (line.length === 0) {
      values.push(undefined);
      return;
    }
    const value: unknown = JSON.parse(line.toString());
    if (typeof value !== "string") values.push(value);
    else {
      const known = shared.get(value);
      values.push(known ?? value);
      if (known === undefined && shared.size < SHARED_TEXTS) shared.set(value, value);
    }
  });
  return values;
}

const DIGEST_BYTES = 16;

/** Rows with equal values, in the order of their first rows; values are told apart by their MD5. */
export async function groupRows(path: string, rows: number): Promise<readonly Uint32Array[]> {
  const digests = new Uint8Array(rows * DIGEST_BYTES);
  let row = 0;
  await eachLine(path, (line) => digests.set(hash("md5", line, "buffer"), row++ * DIGEST_BYTES));
  const firsts = Uint32Array.from({ length: rows }, (_, i) => i);
  const table = { rows, has: () => true, column: () => digests };
  matchEqualKeys(table, 0, DIGEST_BYTES, (later, first) => {
    firsts[later] = first;
  });
  return batchesOf(firsts);
}

/** One array cut into batches: rows counted, then put where their batch has room. */
function batchesOf(firsts: Uint32Array): readonly Uint32Array[] {
  const sizes = new Uint32Array(firsts.length);
  for (const first of firsts) sizes[first] = (sizes[first] as number) + 1;
  const places = new Uint32Array(firsts.length);
  let place = 0;
  for (const [row, size] of sizes.entries()) {
    places[row] = place;
    place += size;
  }
  const ordered = new Uint32Array(firsts.length);
  for (const [row, first] of firsts.entries()) {
    ordered[places[first] as number] = row;
    places[first] = (places[first] as number) + 1;
  }
  const batches: Uint32Array[] = [];
  for (let row = 0; row < firsts.length; row++) {
    const end = places[row] as number;
    if (firsts[row] === row) batches.push(ordered.subarray(end - (sizes[row] as number), end));
  }
  return batches;
}
