/**
 * GaLore (Zhao et al. 2024, arXiv 2403.03507, algorithm 2) as galore_torch's AdamW: moments in the space of the
 * gradient's largest singular vectors, which are found anew every `update_proj_gap` updates. They come from the
 * eigenvectors of the smaller Gram matrix, on the host: about 4 n^3 operations for a shorter side of n, a second for
 * 576. Moments go on in a new space, so that the sign of each vector counts: its largest component is positive here,
 * where the reference has what its library gives. Left out: other kinds of projection, 8-bit and layer-wise forms.
 */
import * as z from "zod";
import { symmetricEigen } from "../data/geometry/symmetric-eigen.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { defineOptimizer } from "./kind.ts";
import {
  lowRankSlots,
  moments,
  project,
  projectBack,
  projectedGroups,
  projectsColumns,
  stepAndDecay,
  stepScalars,
  type Moments,
} from "./low-rank.ts";
import type { Optimizer } from "./optimizer.ts";

export interface GaloreOptions extends Moments {
  readonly rank: number;
  readonly gap: number;
  readonly scale: number;
}

export function galore({ rank, gap, scale, ...numbers }: GaloreOptions): Optimizer {
  const rankOf = (shape: readonly number[]): number => Math.min(rank, ...shape);
  return {
    name: `galore_adamw ${rank} ${gap} ${scale} ${numbers.beta1} ${numbers.beta2} ${numbers.epsilon}`,
    over: "tensor",
    slots: (shape) => lowRankSlots(shape, rankOf(shape)),
    ...stepScalars(numbers),
    refresh: {
      due: (update) => update % gap === 1 || gap === 1,
      make: ({ shape }, gradient) => ({ projection: largestDirections(gradient, shape, rankOf(shape)) }),
    },
    update: ({ gradient, slots, ...inputs }) => {
      const [projection, ...state] = slots as readonly [Tensor, ...Tensor[]];
      const { direction, slots: made } = moments(project(gradient, projection), state, numbers);
      const back = projectBack(direction, projection, inputs.parameter.shape as readonly number[]);
      return { parameter: stepAndDecay(inputs, t.mul(back, scale)), slots: [projection, ...made] };
    },
  };
}

/** The largest singular vectors of the shorter side: as rows [rank, columns], or as columns [rows, rank]. */
function largestDirections(gradient: Float32Array, shape: readonly number[], rank: number): Float32Array {
  const [rows, columns] = shape as readonly [number, number];
  const byColumns = projectsColumns(shape);
  const [size, others] = byColumns ? [columns, rows] : [rows, columns];
  const at = (i: number, k: number): number => gradient[byColumns ? k * columns + i : i * columns + k] as number;
  const gram = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < others; k++) sum += at(i, k) * at(j, k);
      gram[i * size + j] = sum;
      gram[j * size + i] = sum;
    }
  }
  const { values, vectors } = symmetricEigen(gram, size);
  const order = Array.from(values.keys()).toSorted((a, b) => (values[b] as number) - (values[a] as number));
  const found = new Float32Array(rank * size);
  for (const [place, column] of order.slice(0, rank).entries()) {
    const vector = Float64Array.from({ length: size }, (_, i) => vectors[i * size + column] as number);
    const largest = vector.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    for (const [i, value] of vector.entries()) {
      found[byColumns ? place * size + i : i * rank + place] = value * (largest < 0 ? -1 : 1);
    }
  }
  return found;
}

export const galoreKind = defineOptimizer({
  summary: "AdamW with moments in the space of the gradient's largest singular vectors.",
  aliases: ["galore"],
  args: {
    rank: z.int().min(1).default(128).describe("Dimensions of the space."),
    update_proj_gap: z.int().min(1).default(200).describe("Updates after which the space is found anew."),
    scale: z.number().positive().default(0.25).describe("Factor of what is projected back."),
  },
  groups: (args, { weightDecay, beta1, beta2, epsilon }) => {
    const numbers = { beta1, beta2, epsilon };
    const optimizer = galore({ rank: args.rank, gap: args.update_proj_gap, scale: args.scale, ...numbers });
    return projectedGroups(optimizer, numbers, weightDecay);
  },
});
