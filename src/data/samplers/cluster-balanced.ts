/** The same number of samples from every cluster of embeddings, as far as clusters have them. */
import * as z from "zod";
import { permutation } from "../../base/random.ts";
import { kMeans } from "../geometry/k-means.ts";
import { arg, budgetArgs, budgetOf, checkBudget } from "./args.ts";
import { embeddingArgs, embeddingColumn, readEmbeddings } from "./embeddings.ts";
import { defineSampler } from "./sampler.ts";
import { apportion } from "./shares.ts";

const NAME = "cluster_balanced";

export const clusterBalancedSampler = defineSampler({
  name: NAME,
  summary: "As many samples from each k-means cluster of the embeddings, drawn at random.",
  source: "Albalak et al. 2024",
  args: {
    ...embeddingArgs,
    ...budgetArgs,
    clusters: arg(z.number().int().min(2).default(50), "Number of clusters."),
  },
  columns: embeddingColumn,
  check: checkBudget,
  select: (args, { samples, seed }) => {
    const labels = kMeans(readEmbeddings(samples, args, NAME), { clusters: args.clusters, seed });
    const members: number[][] = Array.from({ length: Math.min(args.clusters, samples.size) }, () => []);
    for (const [sample, label] of labels.entries()) members[label]?.push(sample);
    const sizes = members.map(({ length }) => length);
    const takes = apportion(
      budgetOf(args, samples.size, NAME),
      sizes.map(() => 1),
      sizes,
    );
    const chosen = members.flatMap((cluster, c) =>
      Array.from(permutation(cluster.length, seed, NAME, c).subarray(0, takes[c]), (i) => cluster[i] as number),
    );
    const note = `${NAME}: ${chosen.length} of ${samples.size} samples, ${Math.min(...takes)} to ${Math.max(...takes)} of each of ${sizes.length} clusters.`;
    return { chosen: chosen.toSorted((a, b) => a - b), notes: [note] };
  },
});
