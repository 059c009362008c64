/** Points in space, one row each, in one flat array. */

export interface Points {
  readonly count: number;
  readonly width: number;
  /** [count, width] */
  readonly values: Float64Array;
}

export function squaredDistance(a: Points, i: number, b: Points, j: number): number {
  const { width } = a;
  let sum = 0;
  for (let k = 0; k < width; k++) {
    const difference = (a.values[i * width + k] as number) - (b.values[j * width + k] as number);
    sum += difference * difference;
  }
  return sum;
}

export function pick(points: Points, rows: readonly number[]): Points {
  const { width } = points;
  const values = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) values.set(points.values.subarray(row * width, (row + 1) * width), i * width);
  return { count: rows.length, width, values };
}

export function meanOf({ count, width, values }: Points): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < width; k++) mean[k] = (mean[k] as number) + (values[i * width + k] as number) / count;
  }
  return mean;
}
