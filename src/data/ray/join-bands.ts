/** Duplicates of a whole run by several parts of a union-find (partition.ts): who gets which keys, and how it ends. */
import type { KeyTable } from "../operators/operator.ts";

/** Parts of a union-find, wherever they are. */
export interface Partitions {
  readonly count: number;
  readonly addKeys: (part: number, keys: Uint8Array, rows: Uint32Array, width: number) => Promise<void>;
  /** Every part emits, and absorbs what the others emitted for it; says whether any learned anything. */
  readonly exchange: () => Promise<boolean>;
  readonly parents: (part: number) => Promise<Uint32Array>;
}

export interface Bands {
  readonly count: number;
  /** Bytes of each. */
  readonly width: number;
}

const MESSAGE_KEYS = 1 << 16;
const PLACE_BYTES = 4;

/** For every row the first row that it is a duplicate of, as `originals` of a deduplicator says it. */
export async function joinBands(keys: KeyTable, { count, width }: Bands, partitions: Partitions): Promise<Uint32Array> {
  const under = new Set<Promise<void>>();
  for (let band = 0; band < count; band++) {
    const column = Buffer.from(keys.column(band * width, width));
    const outboxes = Array.from({ length: partitions.count }, () => createOutbox(width + PLACE_BYTES));
    const send = async (part: number): Promise<void> => {
      const { bytes, rows } = (outboxes[part] as Outbox).empty();
      if (rows.length === 0) return;
      while (under.size >= 2 * partitions.count) await Promise.race(under);
      const sent = partitions.addKeys(part, bytes, rows, width + PLACE_BYTES).finally(() => under.delete(sent));
      // It is awaited below; until then its failure is no unhandled one.
      sent.catch(() => undefined);
      under.add(sent);
    };
    for (let row = 0; row < keys.rows; row++) {
      if (!keys.has(row)) continue;
      const at = row * width;
      const mixed = Math.imul(column.readUInt32LE(at) ^ band, 0x85ebca6b) ^ column.readUInt32LE(at + 4);
      const part = (mixed >>> 0) % partitions.count;
      if ((outboxes[part] as Outbox).add(column.subarray(at, at + width), band, row)) await send(part);
    }
    for (let part = 0; part < partitions.count; part++) await send(part);
  }
  await Promise.all(under);
  while (await partitions.exchange());
  const originals = Uint32Array.from({ length: keys.rows }, (_, row) => row);
  for (let part = 0; part < partitions.count; part++) {
    const pairs = await partitions.parents(part);
    for (let i = 0; i < pairs.length; i += 2) originals[pairs[i] as number] = pairs[i + 1] as number;
  }
  // A parent is never behind its child, so that one pass from the front reaches the first row.
  for (let row = 0; row < originals.length; row++) originals[row] = originals[originals[row] as number] as number;
  return originals;
}

interface Outbox {
  /** Says whether it is full. */
  readonly add: (key: Uint8Array, band: number, row: number) => boolean;
  readonly empty: () => { readonly bytes: Uint8Array; readonly rows: Uint32Array };
}

function createOutbox(width: number): Outbox {
  let bytes = Buffer.alloc(0);
  let rows = new Uint32Array(0);
  let count = 0;
  return {
    add: (key, band, row) => {
      if (bytes.length === 0) [bytes, rows] = [Buffer.alloc(MESSAGE_KEYS * width), new Uint32Array(MESSAGE_KEYS)];
      bytes.set(key, count * width);
      bytes.writeUInt32LE(band, count * width + key.length);
      rows[count] = row;
      return ++count === MESSAGE_KEYS;
    },
    empty: () => {
      const full = { bytes: bytes.subarray(0, count * width), rows: rows.subarray(0, count) };
      [bytes, rows, count] = [Buffer.alloc(0), new Uint32Array(0), 0];
      return full;
    },
  };
}
