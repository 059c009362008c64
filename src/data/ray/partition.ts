/**
 * One of several parts of a union-find over more rows than one machine should hold. As in Data-Juicer's
 * ray_bts_minhash_deduplicator (balanced union-find, IEEE document 10598116): equal keys meet in the part that their
 * bytes name; each part joins what it has; then edges travel to the parts that own their rows, over and over, until no
 * part learns anything new. Groups of equal keys are joined at once, so that its union_threshold has no counterpart.
 *
 * Within a part, the rows of one set that one part owns hang below one of them, and only that one hangs below the
 * set's first row, so that a set of a million rows does not send a million edges to the part of its first row.
 */
import { matchEqualKeys } from "../operators/deduplicators/equal-keys.ts";

/** Rows that follow one another have one owner, in groups of so many. */
const OWNED_TOGETHER = 1000;

export interface Partition {
  /** Takes keys, each `width` bytes of hashes, and their rows; equal ones among all that came are joined. */
  readonly addKeys: (keys: Uint8Array, rows: Uint32Array, width: number) => void;
  /** Edges for each part, as pairs of row and parent. The first time all that is known, then what is new. */
  readonly emit: () => readonly Uint32Array[];
  /** Takes edges; says whether any was news. */
  readonly absorb: (edges: Uint32Array) => boolean;
  /** Of own rows that are not the first of their set: pairs of row and an earlier row of the set. */
  readonly parents: () => Uint32Array;
}

const ownerOf = (row: number, parts: number): number => Math.floor(row / OWNED_TOGETHER) % parts;

function concatRows(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** @param parts how many there are @param self which one this is, from 0 */
export function createPartition(parts: number, self: number): Partition {
  let parent = new Map<number, number>();
  let earlier = new Map<number, number>();
  let first = true;
  let added: { readonly keys: Uint8Array; readonly rows: Uint32Array }[] = [];
  let keyBytes = 0;

  const find = (row: number): number => {
    let root = row;
    for (let up = parent.get(root); up !== undefined; up = parent.get(root)) root = up;
    for (let at = row, up = parent.get(at); up !== undefined && up !== root; at = up, up = parent.get(at)) {
      parent.set(at, root);
    }
    return root;
  };
  const join = (a: number, b: number): void => {
    const [x, y] = [find(a), find(b)];
    if (x < y) parent.set(y, x);
    else if (y < x) parent.set(x, y);
  };

  /** Hangs the rows of a set that one part owns below the least of them. */
  const balance = (): void => {
    const least = new Map<string, number>();
    const place = (root: number, row: number): string => `${root} ${ownerOf(row, parts)}`;
    const note = (root: number, row: number): void => {
      const key = place(root, row);
      const known = least.get(key);
      if (known === undefined || row < known) least.set(key, row);
    };
    for (const row of parent.keys()) {
      const root = find(row);
      note(root, row);
      note(root, root);
    }
    const roots = [...parent.keys()].map((row) => [row, find(row)] as const);
    for (const [row, root] of roots) {
      const representative = least.get(place(root, row)) as number;
      parent.set(row, representative === row ? root : representative);
    }
  };

  return {
    addKeys: (keys, rows, width) => {
      keyBytes = width;
      added.push({ keys: new Uint8Array(keys), rows });
    },
    emit: () => {
      if (first) {
        const rows = concatRows(added.map((part) => part.rows));
        const keys = Buffer.concat(added.map((part) => part.keys));
        added = [];
        const table = { rows: rows.length, has: () => true, column: () => keys };
        matchEqualKeys(table, 0, keyBytes, (i, known) => join(rows[i] as number, rows[known] as number));
        balance();
      }
      const out = Array.from({ length: parts }, (): number[] => []);
      const send = (to: number, row: number, up: number): void => void out[to]?.push(row, up);
      for (const [row, up] of parent) {
        const owner = ownerOf(row, parts);
        const news = first || up !== earlier.get(row) || (owner !== self && !parent.has(up));
        if (!news) continue;
        send(owner, row, up);
        if (ownerOf(up, parts) !== owner) send(ownerOf(up, parts), row, up);
      }
      if (first) parent = new Map();
      else {
        earlier = new Map(parent);
        for (const row of earlier.keys()) if (ownerOf(row, parts) !== self) parent.delete(row);
      }
      first = false;
      return out.map((edges) => Uint32Array.from(edges));
    },
    absorb: (edges) => {
      for (let i = 0; i < edges.length; i += 2) join(edges[i] as number, edges[i + 1] as number);
      balance();
      if (parent.size !== earlier.size) return true;
      for (const [row, up] of parent) if (earlier.get(row) !== up) return true;
      return false;
    },
    parents: () => {
      const pairs: number[] = [];
      for (const [row, up] of parent) if (ownerOf(row, parts) === self) pairs.push(row, up);
      return Uint32Array.from(pairs);
    },
  };
}
