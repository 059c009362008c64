/**
 * Methods on task vectors (a model minus the base that it began from), in the one arrangement of mergekit: thin each
 * vector out, weigh it, settle signs, add to the base.
 *
 * task_arithmetic: Ilharco et al. 2023 (arXiv:2212.04089); a negative weight takes a task away, and a base's continued
 * pretraining plus an instruction residual is two vectors of weight 1 (arXiv:2410.10739). ties: Yadav et al. 2023
 * (arXiv:2306.01708). dare_linear, dare_ties: Yu et al. 2024 (arXiv:2311.03099).
 */
import type { MergeInputs, TaskMethod } from "./method.ts";
import { dropAndRescale, keepLargest } from "./sparsify.ts";

interface Parts {
  /** One model's task vector, thinned out. */
  readonly thin?: (delta: Float32Array, model: number, inputs: MergeInputs) => Float32Array;
  /** Whether entries against the sign of the weighted sum are left out (TIES, "elect" and "disjoint merge"). */
  readonly electSigns: boolean;
  /** Whether the sum is divided by the weights unless said otherwise. */
  readonly normalize: boolean;
  readonly reads?: TaskMethod["reads"];
}

function taskMethod({ thin, electSigns, normalize, reads = [] }: Parts): TaskMethod {
  return {
    base: true,
    reads: ["weights", "lambda", "normalize", ...reads],
    normalize,
    minModels: 1,
    maxModels: Infinity,
    merge: (inputs) => {
      const { base, models, weights } = inputs;
      const deltas = models.map((values, m) => {
        const delta = values.map((x, i) => x - (base[i] as number));
        return thin === undefined ? delta : thin(delta, m, inputs);
      });
      const all = weights.reduce((sum, weight) => sum + weight, 0);
      return base.map((x, i) => {
        let [sum, sharing] = [0, all];
        for (const [m, delta] of deltas.entries()) sum += (weights[m] as number) * (delta[i] as number);
        if (electSigns) {
          const sign = sum >= 0 ? 1 : -1;
          [sum, sharing] = [0, 0];
          for (const [m, delta] of deltas.entries()) {
            const weighted = (weights[m] as number) * (delta[i] as number);
            if (Math.sign(weighted) !== sign) continue;
            sum += weighted;
            sharing += weights[m] as number;
          }
        }
        // Weights that cancel have no mean: the sum stays as it is.
        const mean = inputs.normalize && Math.abs(sharing) >= 1e-8 ? sum / sharing : sum;
        return x + inputs.lambda * mean;
      });
    },
  };
}

const byMagnitude: Parts["thin"] = (delta, m, { density }) => keepLargest(delta, density[m] as number);

const byChance: Parts["thin"] = (delta, m, { density, seed, name }) =>
  dropAndRescale(delta, density[m] as number, [seed, "dare", name, m]);

export const taskArithmetic = taskMethod({ electSigns: false, normalize: false });
export const ties = taskMethod({ thin: byMagnitude, electSigns: true, normalize: true, reads: ["density"] });
export const dareLinear = taskMethod({
  thin: byChance,
  electSigns: false,
  normalize: false,
  reads: ["density", "seed"],
});
export const dareTies = taskMethod({ thin: byChance, electSigns: true, normalize: false, reads: ["density", "seed"] });
