/**
 * The mathematics of Skill-It (Chen et al. 2023, "Skill-it! A Data-Driven Skills Framework for Understanding and
 * Training Language Models", algorithm 1): a graph A says which training skill i helps which evaluated skill j, and
 * online mirror descent over a window of losses says how much of each to draw:
 *
 *     p_i ~ exp(eta * sum over the window of sum_j A_ij L_j)
 *
 * The prior is uniform, not the p before: what has left the window is forgotten.
 */

/** [training skills][evaluated skills], 0 where i does not help j. */
export type SkillGraph = readonly (readonly number[])[];

export interface UpdateOptions {
  readonly eta: number;
  /** Skills that keep an equal share, 1/k. */
  readonly isolated: readonly boolean[];
}

/** Shares of the training skills. `losses`: one entry for each time in the window, [evaluated skills]. */
export function skillShares(
  graph: SkillGraph,
  losses: readonly (readonly number[])[],
  { eta, isolated }: UpdateOptions,
): readonly number[] {
  const gains = graph.map((row) =>
    losses.reduce((sum, at) => sum + row.reduce((inner, edge, j) => inner + edge * (at[j] as number), 0), 0),
  );
  const open = gains.filter((_, i) => isolated[i] !== true);
  // Subtracting the greatest keeps exp in range and changes no share.
  const greatest = Math.max(...open);
  const weights = gains.map((gain, i) => (isolated[i] === true ? 0 : Math.exp(eta * (gain - greatest))));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const rest = open.length / graph.length;
  return weights.map((weight, i) => (isolated[i] === true ? 1 / graph.length : (rest * weight) / sum));
}

/** Skills that help no other. `paired`: training and evaluated skills are the same, so the diagonal is no edge. */
export function isolatedSkills(graph: SkillGraph, paired: boolean): readonly boolean[] {
  return graph.map((row, i) => !row.some((edge, j) => edge > 0 && !(paired && i === j)));
}

/** The graph with edges between different skills at half their weight, `times` over ("dynamic lambda"). */
export function halveEdges(graph: SkillGraph, times: number): SkillGraph {
  return graph.map((row, i) => row.map((edge, j) => (i === j ? edge : edge * 0.5 ** times)));
}

/** At least this share of the possible edges is nearly all of them. */
const NEARLY_ALL = 0.95;
/** At most this share is nearly none. */
const NEARLY_NONE = 0.01;

/**
 * What makes a graph useless: with nearly no edge, or nearly every one, it tells no skill from another. Graphs that
 * were estimated on skills that no model has learned yet come out so.
 */
export function graphFault(graph: SkillGraph, paired: boolean): string | undefined {
  let [edges, possible] = [0, 0];
  for (const [i, row] of graph.entries()) {
    for (const [j, edge] of row.entries()) {
      if (paired && i === j) continue;
      possible++;
      if (edge > 0) edges++;
    }
  }
  if (possible === 0) return "the graph has one skill alone";
  const share = edges / possible;
  if (share <= NEARLY_NONE) return `the graph is nearly empty (${edges} of ${possible} edges)`;
  return share >= NEARLY_ALL ? `the graph is nearly complete (${edges} of ${possible} edges)` : undefined;
}
