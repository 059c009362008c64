/** The weighted mean of models, a "uniform soup" when all weights are equal (Wortsman et al. 2022, arXiv:2203.05482). */
import type { PlainMethod } from "./method.ts";

export const linear: PlainMethod = {
  base: false,
  reads: ["weights", "normalize"],
  normalize: true,
  minModels: 2,
  maxModels: Infinity,
  merge: ({ models, weights, normalize }) => {
    const total = normalize ? weights.reduce((sum, weight) => sum + weight, 0) : 1;
    return (models[0] as Float32Array).map((_, i) => {
      let sum = 0;
      for (const [m, values] of models.entries()) sum += (weights[m] as number) * (values[i] as number);
      return sum / total;
    });
  },
};
