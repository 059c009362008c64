/** Samples that cover the space of embeddings (k-center greedy; Sener and Savarese 2018, "core-set"). */
import { randomAt } from "../../base/random.ts";
import { farthestFirst } from "../geometry/farthest-first.ts";
import { budgetArgs, budgetOf, checkBudget } from "./args.ts";
import { embeddingArgs, embeddingColumn, readEmbeddings } from "./embeddings.ts";
import { defineSampler } from "./sampler.ts";

const NAME = "k_center";

export const kCenterSampler = defineSampler({
  name: NAME,
  summary: "Samples that cover all embeddings: each next one is the farthest from those that were taken.",
  source: "Sener and Savarese 2018",
  args: { ...embeddingArgs, ...budgetArgs },
  columns: embeddingColumn,
  check: checkBudget,
  select: (args, { samples, seed }) => {
    const points = readEmbeddings(samples, args, NAME);
    const count = budgetOf(args, samples.size, NAME);
    const start = randomAt(seed, NAME).integer(samples.size);
    const chosen = farthestFirst(points, count, [start]).toSorted((a, b) => a - b);
    return { chosen, notes: [`${NAME}: ${count} of ${samples.size} samples.`] };
  },
});
