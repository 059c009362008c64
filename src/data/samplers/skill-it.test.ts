import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { graphFault, halveEdges, isolatedSkills, skillShares } from "./skill-graph.ts";
import { skillItSampler } from "./skill-it.ts";
import type { Adaptation, Order } from "./sampler.ts";
import { complaints, drawn, orderWith, sampleSizes } from "./testing/sample-set.ts";

const identity = (k: number): number[][] => Array.from({ length: k }, (_, i) => unit(k, i));
const unit = (k: number, i: number): number[] => Array.from({ length: k }, (_, j) => (i === j ? 1 : 0));
/** 1 on the diagonal, 0.5 from each skill to the next. */
const chain = (k: number): number[][] => identity(k).map((row, i) => row.map((edge, j) => (j === i + 1 ? 0.5 : edge)));

const none = (k: number) => ({ eta: 0.5, isolated: Array.from({ length: k }, () => false) });

describe("skillShares", () => {
  it("is uniform for A = I and equal losses", () => {
    for (const share of skillShares(identity(4), [[2, 2, 2, 2]], none(4))) expect(share).toBeCloseTo(0.25, 12);
  });

  it("raises p_i with L_j if and only if A_ij > 0, against the skills that do not help j", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom(0, 0, 0.5, 1), { minLength: 4, maxLength: 4 }), {
          minLength: 3,
          maxLength: 3,
        }),
        fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 0, max: 3 }),
        (graph, losses, j) => {
          const before = skillShares(graph, [losses], none(3));
          const after = skillShares(graph, [losses.map((loss, at) => (at === j ? loss + 1 : loss))], none(3));
          // Odds against a skill that does not help j tell whether p_i itself was raised.
          const helps = graph.map((row) => (row[j] as number) > 0);
          const other = helps.indexOf(false);
          if (other < 0) return;
          for (const [i, share] of after.entries()) {
            const odds = (shares: readonly number[]): number => (shares[i] as number) / (shares[other] as number);
            expect(share).toBeGreaterThan(0);
            if (helps[i] === true) expect(odds(after)).toBeGreaterThan(odds(before) * (1 + 1e-9));
            else expect(odds(after)).toBeCloseTo(odds(before), 9);
          }
          expect(after.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
        },
      ),
    );
  });

  it("computes exp(eta sum A L), summed over the window, by hand", () => {
    const shares = skillShares(
      [
        [1, 0.5],
        [0, 1],
      ],
      [
        [1, 2],
        [0.5, 1],
      ],
      none(2),
    );
    // Gains: (1 + 1) + (0.5 + 0.5) = 3 and 2 + 1 = 3, then 4 and 3 with another loss.
    expect(shares[0]).toBeCloseTo(0.5, 12);
    const moved = skillShares(
      [
        [1, 0.5],
        [0, 1],
      ],
      [
        [2, 2],
        [0.5, 1],
      ],
      none(2),
    );
    expect(moved[0]).toBeCloseTo(Math.exp(2) / (Math.exp(2) + Math.exp(1.5)), 12);
    expect(skillShares(identity(2), [[2000, 0]], none(2))).toEqual([1, 0]);
  });

  it("keeps isolated skills at an equal share", () => {
    const graph = [
      [1, 0.5, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    expect(isolatedSkills(graph, true)).toEqual([false, true, true]);
    const shares = skillShares([...chain(3)], [[9, 1, 1]], { eta: 1, isolated: [false, false, true] });
    expect(shares[2]).toBeCloseTo(1 / 3, 12);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  it("halves edges between different skills", () => {
    expect(halveEdges(chain(2), 2)).toEqual([
      [1, 0.125],
      [0, 1],
    ]);
  });
});

describe("graphFault", () => {
  it("finds graphs that tell nothing", () => {
    expect(graphFault(identity(5), true)).toContain("nearly empty (0 of 20 edges)");
    expect(
      graphFault(
        [
          [1, 1],
          [0.5, 1],
        ],
        true,
      ),
    ).toContain("nearly complete (2 of 2 edges)");
    expect(graphFault(chain(8), true)).toBeUndefined();
    expect(
      graphFault(
        [
          [0, 0.2],
          [0.4, 0],
        ],
        false,
      ),
    ).toBeUndefined();
    expect(graphFault([[1]], true)).toBeDefined();
  });
});

const adaptationOf = (order: Order): Adaptation => order.adaptation as Adaptation;
const losses = (...values: readonly number[]): ReadonlyMap<string, number> =>
  new Map(values.map((value, i) => [String.fromCharCode(97 + i), value]));

describe("skill_it", () => {
  const samples = sampleSizes(30, 20, 10);
  const make = (given: Readonly<Record<string, unknown>> = {}, batchSize = 4) =>
    orderWith(skillItSampler, samples, { graph: chain(3), eta: 1, ...given }, { batchSize, epochs: 10 });
  const share = (given: readonly number[], dataset: number): number =>
    given.filter((sample) => samples.datasetOf(sample) === dataset).length / given.length;

  it("begins with shares by the graph alone, and follows the losses from then on", () => {
    const order = make();
    const e = [Math.exp(1.5), Math.exp(1.5), Math.exp(1)];
    const sum = e.reduce((all, one) => all + one, 0);
    for (const [i, weight] of e.entries()) expect(share(drawn(order, 1, 50), i)).toBeCloseTo(weight / sum, 1.5);
    adaptationOf(order).onEval(50, losses(0.1, 0.1, 3));
    // Skill b helps c and itself, c itself: gains 0.15, 1.6, 3
    const after = [0.15, 1.6, 3].map(Math.exp);
    const total = after.reduce((all, one) => all + one, 0);
    for (const [i, weight] of after.entries()) {
      expect(share(drawn(order, 51, 150), i)).toBeCloseTo(weight / total, 2);
      expect(Object.values(adaptationOf(order).shares())[i]).toBeCloseTo(weight / total, 12);
    }
  });

  it("forgets what has left the window: the prior is uniform", () => {
    const order = make({ window: 2 });
    const { onEval, shares } = adaptationOf(order);
    onEval(1, losses(9, 1, 1));
    onEval(2, losses(1, 1, 1));
    const remembered = Object.values(shares());
    onEval(3, losses(1, 1, 1));
    expect(remembered[0]).toBeGreaterThan(0.9);
    expect(Object.values(shares())[0]).toBeLessThan(0.5);
  });

  it("counts the window in evaluations or in rounds", () => {
    const of = (window_unit: string): number => {
      const order = make({ window: 2, window_unit, evaluations_per_round: 2 });
      const { onEval, shares } = adaptationOf(order);
      onEval(1, losses(9, 1, 1));
      const before = { ...shares() };
      onEval(2, losses(1, 1, 1.2));
      expect(shares()).not.toEqual(before);
      return Object.values(shares())[0] as number;
    };
    expect(of("evaluations")).toBeGreaterThan(0.9);
    expect(of("rounds")).toBeLessThan(0.5);
  });

  it("goes through every dataset evenly, over all changes of the shares", () => {
    const order = make();
    const taken = [...drawn(order, 1, 10)];
    for (let round = 1; round < 12; round++) {
      adaptationOf(order).onEval(round * 10, losses(round % 3, (round * 2) % 5, 1));
      taken.push(...drawn(order, round * 10 + 1, round * 10 + 10));
    }
    for (const [start, size] of [
      [0, 30],
      [30, 20],
      [50, 10],
    ] as const) {
      const times = Array.from({ length: size }, (_, i) => taken.filter((sample) => sample === start + i).length);
      expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(1);
      expect(Math.min(...times)).toBeGreaterThan(0);
    }
  });

  it("continues from a state as if it had never stopped", () => {
    const run = make();
    for (const step of [5, 9]) adaptationOf(run).onEval(step, losses(1.1, 0.3, 2.7));
    const state: unknown = JSON.parse(JSON.stringify(adaptationOf(run).state()));
    const resumed = make();
    adaptationOf(resumed).restore(state);
    expect(drawn(resumed, 12, 40)).toEqual(drawn(run, 12, 40));
    for (const order of [run, resumed]) adaptationOf(order).onEval(40, losses(0.7, 0.3, 0.2));
    expect(drawn(resumed, 41, 60)).toEqual(drawn(run, 41, 60));
    expect(adaptationOf(resumed).state()).toEqual(adaptationOf(run).state());
    expect(() => adaptationOf(make()).restore({ start: 1 })).toThrow(/E_TRAIN_CHECKPOINT/);
  });

  it("counts the targets alone when it fine-tunes, by the window's mean", () => {
    const one = make({ regime: "finetuning", targets: ["c"] });
    const two = make({ regime: "finetuning", targets: ["c"] });
    adaptationOf(one).onEval(1, losses(9, 9, 2));
    adaptationOf(two).onEval(1, losses(0, 0, 2));
    adaptationOf(two).onEval(2, losses(0, 0, 2));
    const [first, second] = [one, two].map((order) => Object.values(adaptationOf(order).shares()));
    for (const [i, value] of (first as number[]).entries()) expect(second?.[i]).toBeCloseTo(value, 12);
    expect(first?.[2]).toBeGreaterThan(first?.[1] as number);
    expect(() => make({ regime: "finetuning", targets: ["cc"] })).toThrow(
      /no evaluated dataset is called cc.*Did you mean/,
    );
  });

  it("takes other skills to evaluate, relative losses, a growing eta and fading edges", () => {
    const other = orderWith(
      skillItSampler,
      samples,
      { graph: [[1], [0], [0]], regime: "out_of_domain", eta: 1 },
      { evaluated: ["z"] },
    );
    adaptationOf(other).onEval(1, new Map([["z", 2]]));
    expect(Object.values(adaptationOf(other).shares())[0]).toBeCloseTo(Math.exp(2) / (Math.exp(2) + 2), 12);
    const relative = make({ relative_losses: true });
    adaptationOf(relative).onEval(1, losses(4, 2, 1));
    const gains = [1.5, 1.5, 1].map(Math.exp);
    const total = gains.reduce((sum, gain) => sum + gain, 0);
    expect(Object.values(adaptationOf(relative).shares())[2]).toBeCloseTo((gains[2] as number) / total, 12);
    const growing = make({ growing_eta: true, window: 1 });
    for (const value of [2, 1]) adaptationOf(growing).onEval(1, losses(value, value, 0));
    // eta doubles as losses halve: gains 1.5, 1, 0 times 2
    const grown = [3, 2, 0].map(Math.exp);
    expect(Object.values(adaptationOf(growing).shares())[0]).toBeCloseTo(
      (grown[0] as number) / grown.reduce((sum, gain) => sum + gain, 0),
      12,
    );
    const fading = make({ halve_edges: true, window: 1 });
    adaptationOf(fading).onEval(1, losses(0, 1, 0));
    const faded = [0.25, 1, 0].map(Math.exp);
    expect(Object.values(adaptationOf(fading).shares())[0]).toBeCloseTo(
      (faded[0] as number) / faded.reduce((sum, gain) => sum + gain, 0),
      12,
    );
  });

  it("refuses a graph that tells nothing, unless told what to do with it", () => {
    expect(() => make({ graph: identity(3) })).toThrow(/E_DATA_SELECTION.*nearly empty/);
    const uniform = make({ graph: identity(3), degenerate_graph: "uniform" });
    adaptationOf(uniform).onEval(1, losses(9, 1, 1));
    expect(Object.values(adaptationOf(uniform).shares())).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(uniform.notes[0]).toContain("equal shares");
    const used = make({ graph: identity(3), degenerate_graph: "use" });
    adaptationOf(used).onEval(1, losses(9, 1, 1));
    expect(Object.values(adaptationOf(used).shares())[0]).toBeGreaterThan(0.9);
  });

  it("refuses graphs that do not fit and losses that are missing", () => {
    expect(() => make({ graph: chain(4) })).toThrow(/4 rows of 4; there are 3 datasets/);
    expect(() => orderWith(skillItSampler, samples, { graph: chain(3) }, { evaluated: ["a", "b"] })).toThrow(
      /3 datasets are trained and 2 evaluated/,
    );
    expect(() => adaptationOf(make()).onEval(1, losses(1, 1))).toThrow(/no loss for c/);
    expect(complaints(skillItSampler, { graph: [[1, 0], [1]] })).toHaveProperty("graph");
    expect(complaints(skillItSampler, { graph: [[1]], regime: "finetuning" })).toHaveProperty("targets");
    expect(complaints(skillItSampler, { graph: [[1]], targets: ["a"] })).toHaveProperty("targets");
    expect(complaints(skillItSampler, { graph: [[1]], regime: "out_of_domain", halve_edges: true })).toHaveProperty(
      "halve_edges",
    );
  });
});
