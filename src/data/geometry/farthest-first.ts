/**
 * Farthest-first traversal, the greedy answer to k-center (Gonzalez 1985; Sener and Savarese 2018): each next point is
 * the one farthest from all that were taken. The greatest distance to a taken point is at most twice the least
 * possible. Time k n d.
 */
import { squaredDistance, type Points } from "./points.ts";

/** Rows in the order in which they are taken; `taken` come first and are part of `count`. */
export function farthestFirst(points: Points, count: number, taken: readonly number[]): readonly number[] {
  const order = [...taken];
  const nearest = new Float64Array(points.count).fill(Number.POSITIVE_INFINITY);
  const settle = (row: number): void => {
    for (let i = 0; i < points.count; i++) {
      const distance = squaredDistance(points, i, points, row);
      if (distance < (nearest[i] as number)) nearest[i] = distance;
    }
    // Below every distance: a row is taken once, even among equal points.
    nearest[row] = -1;
  };
  for (const row of taken) settle(row);
  while (order.length < count) {
    let farthest = 0;
    for (let i = 1; i < points.count; i++) if ((nearest[i] as number) > (nearest[farthest] as number)) farthest = i;
    order.push(farthest);
    settle(farthest);
  }
  return order;
}
