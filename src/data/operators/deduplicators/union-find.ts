/** Sets of rows that are joined pair by pair; each set is named after its first row. Four bytes for each row. */

export interface UnionFind {
  readonly join: (a: number, b: number) => void;
  /** The first row of every row's set. */
  readonly firsts: () => Uint32Array;
}

export function unionFind(rows: number): UnionFind {
  const parent = Uint32Array.from({ length: rows }, (_, row) => row);
  const find = (row: number): number => {
    let at = row;
    for (;;) {
      const up = parent[at] as number;
      if (up === at) return at;
      const higher = parent[up] as number;
      // Each step up halves the way for the next one who walks it.
      parent[at] = higher;
      at = higher;
    }
  };
  return {
    join: (a, b) => {
      const [x, y] = [find(a), find(b)];
      if (x < y) parent[y] = x;
      else parent[x] = y;
    },
    firsts: () => {
      // A parent is never behind its child, so that one pass from the front reaches the root.
      for (let row = 0; row < rows; row++) parent[row] = parent[parent[row] as number] as number;
      return parent.slice();
    },
  };
}
