/**
 * AdamW with 8-bit state (Dettmers et al. 2022, arXiv 2110.02861) as bitsandbytes' kernel for Triton
 * (_optimizer_update_2state_8bit_blockwise_triton_kernel): the update sees the new moments before they are quantized.
 * Tensors of fewer than 4,096 numbers and embeddings keep 32 bits, as there and in transformers. Left out: the CUDA
 * kernel's moving of first moments whose sign was lost by one code.
 */
import * as z from "zod";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { adamw, type AdamWOptions } from "./adamw.ts";
import { BLOCK, blockwise } from "./blockwise.ts";
import { isEmbeddingOrHead, oneGroup } from "./groups.ts";
import { defineOptimizer } from "./kind.ts";
import { slotSize, type Optimizer } from "./optimizer.ts";

/** Blocks that are updated as one, so that intermediate values stay in the cache. */
const LARGEST_CHUNK = 512;

export function adamw8bit(options: AdamWOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  const [signed, unsigned] = [blockwise(true), blockwise(false)];
  const blocksOf = (shape: readonly number[]): number => Math.ceil(slotSize({ shape }) / BLOCK);
  return {
    name: `adamw_8bit ${beta1} ${beta2} ${epsilon}`,
    over: "tensor",
    slots: (shape) => {
      const blocks = blocksOf(shape);
      return [
        // 127 and 0 are the codes of zero.
        { name: "exp_avg_8bit", shape: [blocks, BLOCK], dtype: "uint8", start: 127 },
        { name: "exp_avg_absmax", shape: [blocks, 1] },
        { name: "exp_avg_sq_8bit", shape: [blocks, BLOCK], dtype: "uint8" },
        { name: "exp_avg_sq_absmax", shape: [blocks, 1] },
      ];
    },
    scalars: ["learning_rate", "step_size", "inverse_root_correction"],
    scalarValues: ({ step, learningRate }) => [
      learningRate,
      learningRate / (1 - beta1 ** step),
      1 / Math.sqrt(1 - beta2 ** step),
    ],
    update: ({ parameter, gradient, slots, scalars, weightDecay }) => {
      const shape = parameter.shape as readonly number[];
      const size = slotSize({ shape });
      const blocks = blocksOf(shape);
      // As many rows of blocks as divide them: the largest divisor that fits.
      const rows = Array.from({ length: Math.min(LARGEST_CHUNK, blocks) }, (_, i) => i + 1).findLast(
        (n) => blocks % n === 0,
      ) as number;
      const inRows = (x: Tensor, width: number): Tensor => t.reshape(x, [blocks / rows, rows * width]);
      const padded = (x: Tensor): Tensor => inRows(t.pad(t.reshape(x, [size]), 0, 0, blocks * BLOCK - size), BLOCK);
      const [codes1, largest1, codes2, largest2] = slots as readonly [Tensor, Tensor, Tensor, Tensor];
      const scanned = [
        padded(parameter),
        padded(gradient),
        inRows(codes1, BLOCK),
        inRows(largest1, 1),
        inRows(codes2, BLOCK),
        inRows(largest2, 1),
      ];
      const results = t.mapChunks(scanned, [...scalars, weightDecay], (chunk, captured) => {
        const [p, g, c1, l1, c2, l2] = chunk.map((row) =>
          t.reshape(row, [rows, (row.shape[0] as number) / rows]),
        ) as unknown as readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
        const [learningRate, stepSize, inverseRoot, decay] = captured as readonly [Tensor, Tensor, Tensor, Tensor];
        const mean = t.add(t.mul(signed.dequantize({ codes: c1, largest: l1 }), beta1), t.mul(g, 1 - beta1));
        const variance = t.add(
          t.mul(unsigned.dequantize({ codes: c2, largest: l2 }), beta2),
          t.mul(t.mul(g, g), 1 - beta2),
        );
        const decayed = t.mul(p, t.sub(1, t.mul(learningRate, decay)));
        const denominator = t.add(t.mul(t.sqrt(variance), inverseRoot), epsilon);
        const moved = t.sub(decayed, t.mul(t.div(mean, denominator), stepSize));
        const [first, second] = [signed.quantize(mean), unsigned.quantize(variance)];
        return [moved, first.codes, first.largest, second.codes, second.largest].map((x) =>
          t.reshape(x, [rows * (x.shape[1] as number)]),
        );
      });
      const [p, ...state] = results as readonly [Tensor, ...Tensor[]];
      return {
        parameter: t.reshape(t.slice(t.reshape(p, [blocks * BLOCK]), 0, 0, size), shape),
        slots: state.map((slot, i) => t.reshape(slot, (slots[i] as Tensor).shape)),
      };
    },
  };
}

export const adamw8bitKind = defineOptimizer({
  summary: "AdamW with 8-bit state: a quarter of AdamW's.",
  aliases: ["adamw_bnb_8bit", "paged_adamw_8bit"],
  args: {
    min_8bit_size: z.int().min(1).default(4096).describe("Tensors with fewer numbers keep 32 bits."),
  },
  groups: (args, { weightDecay, ...numbers }) => {
    const [narrow, wide] = [oneGroup(adamw8bit(numbers), weightDecay), oneGroup(adamw(numbers), weightDecay)];
    return {
      assign: (spec) => (slotSize(spec) >= args.min_8bit_size && !isEmbeddingOrHead(spec) ? narrow : wide).assign(spec),
    };
  },
});
