/**
 * k-means: centres by k-means++ (Arthur and Vassilvitskii 2007), then Lloyd's steps until nothing moves, 25 at most.
 * Balanced, every cluster has the same number of points, give or take one: points choose in the order of how near they
 * are to a centre that has room. That is greedy, where k-means-constrained solves a flow problem; it needs no solver.
 */
import { randomAt } from "../../base/random.ts";
import { squaredDistance, type Points } from "./points.ts";

export interface KMeansOptions {
  readonly clusters: number;
  readonly seed: number;
  readonly balanced?: boolean;
  readonly iterations?: number;
}

/** The cluster of each point. There are at most as many clusters as points; none is empty when points differ. */
export function kMeans(points: Points, options: KMeansOptions): Uint32Array {
  const clusters = Math.min(options.clusters, points.count);
  let centres = firstCentres(points, clusters, options.seed);
  let labels = new Uint32Array(points.count).fill(clusters);
  for (let iteration = 0; iteration < (options.iterations ?? 25); iteration++) {
    const next = options.balanced === true ? assignBalanced(points, centres) : assign(points, centres);
    if (next.every((label, i) => label === labels[i])) break;
    labels = next;
    centres = centresOf(points, labels, centres);
  }
  return labels;
}

function firstCentres(points: Points, clusters: number, seed: number): Points {
  const { width } = points;
  const { uniform, integer } = randomAt(seed, "k-means");
  const values = new Float64Array(clusters * width);
  const centres: Points = { count: clusters, width, values };
  const nearest = new Float64Array(points.count).fill(Number.POSITIVE_INFINITY);
  let chosen = integer(points.count);
  for (let c = 0; c < clusters; c++) {
    values.set(points.values.subarray(chosen * width, (chosen + 1) * width), c * width);
    let sum = 0;
    for (let i = 0; i < points.count; i++) {
      nearest[i] = Math.min(nearest[i] as number, squaredDistance(points, i, centres, c));
      sum += nearest[i] as number;
    }
    let rest = uniform() * sum;
    chosen = points.count - 1;
    for (let i = 0; i < points.count; i++) {
      rest -= nearest[i] as number;
      if (rest < 0) {
        chosen = i;
        break;
      }
    }
  }
  return centres;
}

function assign(points: Points, centres: Points): Uint32Array<ArrayBuffer> {
  const labels = new Uint32Array(points.count);
  for (let i = 0; i < points.count; i++) {
    let least = Number.POSITIVE_INFINITY;
    for (let c = 0; c < centres.count; c++) {
      const distance = squaredDistance(points, i, centres, c);
      if (distance < least) [least, labels[i]] = [distance, c];
    }
  }
  return labels;
}

function assignBalanced(points: Points, centres: Points): Uint32Array<ArrayBuffer> {
  const { count } = points;
  const distances = new Float64Array(count * centres.count);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < centres.count; c++) distances[i * centres.count + c] = squaredDistance(points, i, centres, c);
  }
  const pairs = Uint32Array.from(distances, (_, pair) => pair);
  pairs.sort((a, b) => (distances[a] as number) - (distances[b] as number) || a - b);
  const [room, larger] = [Math.floor(count / centres.count), count % centres.count];
  const sizes = new Uint32Array(centres.count);
  let full = 0;
  const labels = new Uint32Array(count).fill(centres.count);
  for (const pair of pairs) {
    const [i, c] = [Math.floor(pair / centres.count), pair % centres.count];
    const size = sizes[c] as number;
    if (labels[i] !== centres.count || size > room || (size === room && full === larger)) continue;
    if (size === room) full++;
    labels[i] = c;
    sizes[c] = size + 1;
  }
  return labels;
}

/** Means of the clusters; one without points keeps its centre. */
function centresOf(points: Points, labels: Uint32Array, before: Points): Points {
  const { width } = points;
  const values = new Float64Array(before.values.length);
  const sizes = new Uint32Array(before.count);
  for (let i = 0; i < points.count; i++) {
    const c = labels[i] as number;
    sizes[c] = (sizes[c] as number) + 1;
    for (let k = 0; k < width; k++) {
      values[c * width + k] = (values[c * width + k] as number) + (points.values[i * width + k] as number);
    }
  }
  for (let c = 0; c < before.count; c++) {
    for (let k = 0; k < width; k++) {
      const at = c * width + k;
      values[at] = sizes[c] === 0 ? (before.values[at] as number) : (values[at] as number) / (sizes[c] as number);
    }
  }
  return { ...before, values };
}
