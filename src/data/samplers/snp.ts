/**
 * Search and prune (SnP; Yao et al. 2023, "Large-scale Training Data Search for Object Re-identification"): the part
 * of a pool whose embeddings are distributed like those of a target, then fewer of them that still cover it.
 *
 * Search: identities (rows of one `id_key`; without it each row is one) fall into clusters of equal size by their mean
 * embeddings. Clusters join by their Frechet distance to the target, nearest first; the prefix whose union is nearest
 * is kept. Prune: identities at random, or samples by farthest-first after one of each identity.
 */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import { permutation, randomAt } from "../../base/random.ts";
import { farthestFirst } from "../geometry/farthest-first.ts";
import { frechetTo } from "../geometry/frechet.ts";
import { kMeans } from "../geometry/k-means.ts";
import { meanOf, pick, type Points } from "../geometry/points.ts";
import { arg, budgetArgs } from "./args.ts";
import { embeddingArgs, embeddingColumn, readEmbeddingFile, readEmbeddings } from "./embeddings.ts";
import { samplesByField } from "./groups.ts";
import { defineSampler } from "./sampler.ts";

const NAME = "snp";

export const snpSampler = defineSampler({
  name: NAME,
  summary: "Samples whose embeddings together are distributed like those of a target.",
  source: "SnP (Yao et al. 2023)",
  differs: "Clusters of equal size are made greedily, not by a flow problem.",
  args: {
    ...embeddingArgs,
    target: arg(z.string().min(1), "File of rows with embeddings of what the samples shall be like."),
    id_key: arg(z.string().min(1).optional(), "Column of the identity that several rows share."),
    clusters: arg(z.number().int().min(2).default(50), "Clusters of identities that the search joins."),
    ids: arg(z.number().int().min(1).optional(), "Keeps so many identities of those found, at random."),
    ratio: arg(budgetArgs.ratio, "Share of all samples that is kept of those found."),
    count: arg(budgetArgs.count, "Number of samples that are kept of those found."),
  },
  columns: (args) => [...embeddingColumn(args), ...(args.id_key === undefined ? [] : [args.id_key])],
  check: ({ ids, ratio, count }, report) => {
    const given = [ids, ratio, count].filter((value) => value !== undefined).length;
    if (given > 1) report("ids", "ratio and count cannot be given together; name one budget, or none.");
  },
  select: async (args, { samples, seed }) => {
    const target = await readEmbeddingFile(args.target, args, NAME);
    const points = readEmbeddings(samples, args, NAME);
    if (points.width !== target.width) {
      fail("E_DATA_SELECTION", {
        where: `${NAME}: target`,
        what: `embeddings of the target have ${target.width} numbers, those of the samples ${points.width}.`,
        fix: "Embed both with one model.",
      });
    }
    const identities =
      args.id_key === undefined
        ? Array.from({ length: samples.size }, (_, i) => [i])
        : [...samplesByField(samples, args.id_key, NAME).values()];
    const search = searchClusters(points, target, { identities, clusters: args.clusters, seed });
    const kept = args.ids === undefined ? search.found : drawIdentities(search.found, args.ids, seed);
    const count = args.count ?? (args.ratio === undefined ? undefined : Math.round(args.ratio * samples.size));
    const chosen = count === undefined ? kept.flat() : cover(points, kept, count, seed);
    const note =
      `${NAME}: ${chosen.length} of ${samples.size} samples; Frechet distance to the target ` +
      `${search.before.toPrecision(4)} of all, ${search.after.toPrecision(4)} of the ${search.found.flat().length} found.`;
    return { chosen: chosen.toSorted((a, b) => a - b), notes: [note] };
  },
});

export interface SearchOptions {
  /** Rows of each identity. */
  readonly identities: readonly (readonly number[])[];
  readonly clusters: number;
  readonly seed: number;
}

export interface SearchResult {
  /** Rows of the identities that were found. */
  readonly found: readonly (readonly number[])[];
  /** Frechet distance of the whole pool, and of what was found. */
  readonly before: number;
  readonly after: number;
}

/** The clusters whose union is distributed most like the target. */
function searchClusters(points: Points, target: Points, options: SearchOptions): SearchResult {
  const { identities, seed } = options;
  const means = new Float64Array(identities.length * points.width);
  for (const [i, rows] of identities.entries()) means.set(meanOf(pick(points, rows)), i * points.width);
  const labels = kMeans(
    { count: identities.length, width: points.width, values: means },
    { clusters: options.clusters, seed, balanced: true },
  );
  const clusters = new Map<number, (readonly number[])[]>();
  for (const [i, rows] of identities.entries()) {
    const label = labels[i] as number;
    clusters.set(label, [...(clusters.get(label) ?? []), rows]);
  }
  const distance = frechetTo(target);
  const ordered = [...clusters.values()]
    .map((members) => ({ members, apart: distance(pick(points, members.flat())) }))
    .toSorted((a, b) => a.apart - b.apart);
  const union: (readonly number[])[] = [];
  let best: SearchResult = { found: [], before: 0, after: Number.POSITIVE_INFINITY };
  let apart = 0;
  for (const { members } of ordered) {
    union.push(...members);
    const rows = union.flat();
    // As many as the target has, so that unions of all sizes are measured alike.
    const drawn = permutation(rows.length, seed, NAME, "union").subarray(0, target.count);
    apart = distance(
      pick(
        points,
        Array.from(drawn, (i) => rows[i] as number),
      ),
    );
    if (apart < best.after) best = { found: [...union], before: 0, after: apart };
  }
  // The last union is the whole pool.
  return { ...best, before: apart };
}

function drawIdentities(
  found: readonly (readonly number[])[],
  count: number,
  seed: number,
): readonly (readonly number[])[] {
  if (count > found.length) failBudget(count, found.length, "identities");
  return Array.from(permutation(found.length, seed, NAME, "ids").subarray(0, count), (i) => found[i] as number[]);
}

function cover(points: Points, found: readonly (readonly number[])[], count: number, seed: number): readonly number[] {
  const rows = found.flat();
  if (count > rows.length) failBudget(count, rows.length, "samples");
  const place = new Map(rows.map((row, i) => [row, i]));
  const firsts = found.map(
    (own, i) => place.get(own[randomAt(seed, NAME, "first", i).integer(own.length)] as number) as number,
  );
  // With a budget below the number of identities the cover has to leave some out: it then starts from one alone.
  const taken = firsts.length <= count && firsts.length < rows.length ? firsts : firsts.slice(0, 1);
  return farthestFirst(pick(points, rows), count, taken).map((i) => rows[i] as number);
}

function failBudget(wanted: number, found: number, what: string): never {
  return fail("E_DATA_SELECTION", {
    where: NAME,
    what: `${wanted} ${what} are to be kept, and the search found ${found}.`,
    fix: "Lower the budget, or give a target that is more like the samples.",
  });
}
