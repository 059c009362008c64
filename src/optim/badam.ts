/**
 * BAdam (Luo et al. 2024, arXiv 2404.02827, algorithm 1): AdamW on one layer at a time, with state for that layer alone.
 * Embeddings, last norm and head rest, as in its program's default.
 */
import * as z from "zod";
import { adamw } from "./adamw.ts";
import { oneGroup } from "./groups.ts";
import { defineOptimizer } from "./kind.ts";
import { byTurns, drawLayers } from "./turns.ts";

const orders = {
  ascending: (layers: number) => (interval: number) => [interval % layers],
  descending: (layers: number) => (interval: number) => [layers - 1 - (interval % layers)],
  /** Every layer once in each round, in an order of its own. */
  random: (layers: number, seed: number) => {
    const roundOf = drawLayers(layers, layers, seed);
    return (interval: number) => [roundOf(Math.floor(interval / layers))[interval % layers] as number];
  },
} as const;

export const badamKind = defineOptimizer({
  summary: "AdamW on one layer at a time: state of one layer; embeddings and head rest.",
  args: {
    switch_mode: z
      .enum(Object.keys(orders) as (keyof typeof orders)[])
      .default("random")
      .describe("Order of the layers."),
    switch_interval: z.int().min(1).default(50).describe("Steps of one layer's turn."),
  },
  groups: (args, { weightDecay, layers, seed, ...numbers }) =>
    byTurns(oneGroup(adamw(numbers), weightDecay), {
      interval: args.switch_interval,
      moving: orders[args.switch_mode](layers, seed),
      keepsSlots: false,
      othersMove: false,
    }),
});
