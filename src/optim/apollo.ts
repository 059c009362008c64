/**
 * APOLLO (Zhu et al. 2024, arXiv 2412.05270, algorithm 1) as apollo_torch's APOLLOAdamW: moments in a random space tell
 * how much each channel, or the whole tensor, of the raw gradient is scaled; its norm may grow by a hundredth a step
 * (the limiter of Fira, arXiv 2410.01623). Rank 1 with scale_type tensor is APOLLO-Mini. Left out: projection by
 * singular vectors, the scale in front of the limiter.
 */
import * as z from "zod";
import { randomAt } from "../base/random.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import type { TensorSpec } from "./groups.ts";
import { defineOptimizer } from "./kind.ts";
import {
  lowRankSlots,
  moments,
  project,
  projectedGroups,
  projectsColumns,
  stepAndDecay,
  stepScalars,
  type Moments,
} from "./low-rank.ts";
import { slotSize, type Optimizer } from "./optimizer.ts";

export interface ApolloOptions extends Moments {
  readonly rank: number;
  readonly gap: number;
  readonly scale: number;
  readonly scaleType: "channel" | "tensor";
  /** The random matrix of a tensor, by how often it was drawn before. */
  readonly draw: (spec: TensorSpec, size: number, round: number) => Float32Array;
}

/** Growth of the norm of a tensor's step that is let pass. */
const GROWTH = 1.01;
const SMALL = 1e-8;

export function apollo({ rank, gap, scale, scaleType, draw, ...numbers }: ApolloOptions): Optimizer {
  const lengthOf = (x: Tensor, axes: readonly number[]): Tensor => t.sqrt(t.reduceSumSquare(x, axes));
  return {
    name: `apollo_adamw ${rank} ${gap} ${scale} ${scaleType} ${numbers.beta1} ${numbers.beta2} ${numbers.epsilon}`,
    over: "tensor",
    slots: (shape) => [...lowRankSlots(shape, rank), { name: "step_norm", shape: [1, 1] }],
    ...stepScalars(numbers),
    refresh: {
      due: (update) => update % gap === 1 || gap === 1,
      make: (spec, _, update) => {
        const [projection] = lowRankSlots(spec.shape, rank);
        const size = projection === undefined ? 0 : slotSize(projection);
        return { projection: draw(spec, size, Math.floor((update - 1) / gap)) };
      },
    },
    update: ({ gradient, slots, ...inputs }) => {
      const [projection, mean, variance, before] = slots as readonly [Tensor, Tensor, Tensor, Tensor];
      const low = project(gradient, projection);
      const { direction, slots: made } = moments(low, [mean, variance], numbers);
      const channel = projectsColumns(gradient.shape as readonly number[]) ? [1] : [0];
      const axes = scaleType === "channel" ? channel : [0, 1];
      const factor = t.div(lengthOf(direction, axes), t.add(lengthOf(low, axes), SMALL));
      const scaled = t.mul(gradient, factor);
      const norm = lengthOf(scaled, [0, 1]); // [1, 1]
      const growth = t.div(t.maximum(t.div(norm, t.add(before, SMALL)), GROWTH), GROWTH);
      // There is nothing to compare the first step with.
      const limiter = t.where(t.greater(before, 0), growth, 1);
      const limited = t.mul(t.div(scaled, limiter), Math.sqrt(scale));
      return {
        parameter: stepAndDecay(inputs, limited),
        slots: [projection, ...made, t.div(norm, limiter)],
      };
    },
  };
}

/** Normal numbers over the root of the rank. */
function drawAt(seed: number, rank: number): ApolloOptions["draw"] {
  return ({ name }, size, round) => {
    const random = randomAt(seed, "apollo", name, round);
    return Float32Array.from({ length: size }, () => random.normal() / Math.sqrt(rank));
  };
}

export const apolloKind = defineOptimizer({
  summary: "Gradients scaled by channel, as moments in a random space say: hardly more state than SGD.",
  aliases: ["apollo"],
  args: {
    rank: z.int().min(1).default(128).describe("Dimensions of the space."),
    update_proj_gap: z.int().min(1).default(200).describe("Updates after which another space is drawn."),
    scale: z.number().positive().default(1).describe("Its root is the factor of a step."),
    scale_type: z.enum(["channel", "tensor"]).default("channel").describe("What has a factor of its own."),
  },
  groups: (args, { weightDecay, beta1, beta2, epsilon, seed }) => {
    const numbers = { beta1, beta2, epsilon };
    const optimizer = apollo({
      rank: args.rank,
      gap: args.update_proj_gap,
      scale: args.scale,
      scaleType: args.scale_type,
      draw: drawAt(seed, args.rank),
      ...numbers,
    });
    return projectedGroups(optimizer, numbers, weightDecay);
  },
});
