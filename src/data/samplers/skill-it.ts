/**
 * Skill-It: datasets are skills, and what is drawn follows the evaluation losses through a graph of which skill helps
 * which (skill-graph.ts). A round ends with every `evaluations_per_round`-th evaluation; the shares of the next follow
 * from the losses in the window. Within a round draws are exact turns, not coins, so that shares are met all along.
 *
 * Left out: estimating the graph, which takes training runs of its own; the paper's code leaves it out too.
 */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import { didYouMean } from "../../base/suggest.ts";
import { arg } from "./args.ts";
import { createDrawer, type Stretch } from "./drawer.ts";
import { samplesByDataset } from "./groups.ts";
import { defineSampler, type GroupLosses, type Order, type OrderContext } from "./sampler.ts";
import { graphFault, halveEdges, isolatedSkills, skillShares, type SkillGraph } from "./skill-graph.ts";
import { cutBatches, stepsOfRun } from "./steps.ts";

const NAME = "skill_it";

const regimes = ["pretraining", "finetuning", "out_of_domain"] as const;

const args = {
  graph: arg(
    z.array(z.array(z.number().min(0)).min(1)).min(1),
    "Skills graph: a row for each dataset, a column for each evaluated dataset; above 0 where the one helps the other.",
  ),
  eta: arg(z.number().positive().default(0.5), "How strongly losses move the shares."),
  window: arg(z.number().int().min(1).default(3), "Losses that are looked back on."),
  window_unit: arg(
    z.enum(["evaluations", "rounds"]).default("rounds"),
    "What the window counts: evaluations, as the paper's code, or rounds, as the paper.",
  ),
  evaluations_per_round: arg(z.number().int().min(1).default(1), "Evaluations between two changes of the shares."),
  regime: arg(
    z.enum(regimes).default("pretraining"),
    "What is evaluated: the skills that are trained, targets among them, or others.",
  ),
  targets: arg(z.array(z.string().min(1)).optional(), "finetuning: names of the evaluated datasets that count."),
  relative_losses: arg(z.boolean().default(false), "Divides each loss by its first value."),
  growing_eta: arg(z.boolean().default(false), "Divides eta by the losses' sum relative to the first."),
  halve_edges: arg(z.boolean().default(false), "Halves the edges between different skills each round."),
  keep_isolated: arg(z.boolean().default(false), "Leaves skills without an edge to another at an equal share."),
  degenerate_graph: arg(
    z.enum(["refuse", "uniform", "use"]).default("refuse"),
    "What becomes of a graph with nearly no edge or nearly every one: no run, equal shares, or use as it is.",
  ),
} as const;

type SkillItArgs = z.output<z.ZodObject<typeof args, z.core.$strict>>;

export const skillItSampler = defineSampler({
  name: NAME,
  summary: "Draws more of the datasets that help where evaluation losses are high, by a graph of skills.",
  source: "Skill-It (Chen et al. 2023)",
  differs: "Shares are met by exact turns instead of random draws.",
  needsEvaluation: true,
  mixesDatasets: true,
  args,
  check: ({ graph, regime, targets, halve_edges: halve }, report) => {
    const [first] = graph;
    if (graph.some((row) => row.length !== first?.length)) report("graph", "has rows of different lengths.");
    if (regime === "finetuning" && targets === undefined) report("targets", "is needed for finetuning.");
    if (regime !== "finetuning" && targets !== undefined) report("targets", "has a meaning for finetuning alone.");
    if (regime === "out_of_domain" && halve) report("halve_edges", "has no meaning where other skills are evaluated.");
  },
  order: createOrder,
});

const lossesSchema = z.array(z.array(z.number()));

/** All that changes; numbers of JSON keep every digit. */
const stateSchema = z.strictObject({
  evaluations: z.number().int(),
  first: z.array(z.number()).nullable(),
  /** The latest losses, as many as the window can need: [time][evaluated skill]. */
  recent: lossesSchema,
  start: z.number().int(),
  drawn: z.array(z.number().int()),
  probabilities: z.array(z.number()),
});

type State = z.output<typeof stateSchema>;

function createOrder(given: SkillItArgs, context: OrderContext): Order {
  const { samples, batchSize, accumulation } = context;
  const groups = samplesByDataset(samples, NAME);
  const skills = groups.length;
  const evaluated = evaluatedSkills(given, context);
  const paired = given.regime !== "out_of_domain";
  checkGraph(given.graph, skills, context.evaluated.length);
  const { use, notes } = judgeGraph(given, paired);
  const columns = evaluated.map((name) => context.evaluated.indexOf(name));
  const isolated = given.keep_isolated ? isolatedSkills(given.graph, paired) : groups.map(() => false);
  const shares = (losses: readonly (readonly number[])[], eta: number, round: number): readonly number[] => {
    if (!use) return groups.map(() => 1 / skills);
    const whole = given.halve_edges ? halveEdges(given.graph, round) : given.graph;
    const graph = whole.map((row) => columns.map((column) => row[column] as number));
    return skillShares(graph, losses, { eta, isolated });
  };

  const perStep = batchSize * accumulation;
  const stepsPerEpoch = Math.ceil(samples.size / perStep);
  const drawer = createDrawer({ groups, seed: context.seed, shuffle: context.shuffle, address: NAME });
  let state: State = {
    evaluations: 0,
    first: null,
    recent: [],
    start: 0,
    drawn: groups.map(() => 0),
    // Before the first evaluation every loss counts as 1.
    probabilities: [...shares([evaluated.map(() => 1)], given.eta, 0)],
  };
  let stretch: Stretch = state;

  const perRound = given.evaluations_per_round;
  const onEval = (step: number, losses: GroupLosses): void => {
    const now = evaluated.map((name) => lossOf(losses, name));
    const first = state.first ?? now;
    const evaluations = state.evaluations + 1;
    const ends = evaluations % perRound === 0;
    const remembered = given.window_unit === "evaluations" || ends ? [...state.recent, now] : state.recent;
    const recent = remembered.slice(-given.window);
    state = { ...state, evaluations, first, recent };
    if (!ends) return;
    const seen = given.relative_losses ? recent.map((at) => at.map((loss, j) => loss / (first[j] as number))) : recent;
    // Fine-tuning towards targets takes the mean of the window, so that its length does not change the strength.
    const weight = given.regime === "finetuning" ? 1 / seen.length : 1;
    const eta = (given.growing_eta ? given.eta * (sum(first) / sum(now)) : given.eta) * weight;
    const start = step * perStep;
    const drawn = [...drawer.drawnBefore(stretch, start)];
    state = { ...state, start, drawn, probabilities: [...shares(seen, eta, evaluations / perRound)] };
    stretch = state;
  };

  return {
    stepsPerEpoch,
    steps: stepsOfRun(stepsPerEpoch, context),
    batchesOf: (step) => cutBatches(drawer.draw(stretch, (step - 1) * perStep, step * perStep), batchSize),
    notes,
    adaptation: {
      onEval,
      state: () => state,
      restore: (saved) => {
        const parsed = stateSchema.safeParse(saved);
        const fits =
          parsed.success && parsed.data.drawn.length === skills && parsed.data.probabilities.length === skills;
        if (!fits) {
          fail("E_TRAIN_CHECKPOINT", {
            where: "sampler_state",
            what: `the checkpoint holds no state of ${NAME} with ${skills} skills.`,
          });
        }
        state = parsed.data as State;
        stretch = state;
      },
      shares: () => Object.fromEntries(samples.datasets.map((name, i) => [name, state.probabilities[i] as number])),
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

function lossOf(losses: GroupLosses, name: string): number {
  const loss = losses.get(name);
  if (loss !== undefined && Number.isFinite(loss)) return loss;
  return fail("E_DATA_SELECTION", {
    where: NAME,
    what: `the evaluation gave no loss for ${name}: none of its tokens is trained.`,
    fix: "Give evaluation rows with an answer.",
  });
}

/** Names of the evaluated skills that count. @throws E_DATA_SELECTION */
function evaluatedSkills({ regime, targets }: SkillItArgs, { samples, evaluated }: OrderContext): readonly string[] {
  if (regime === "pretraining" && evaluated.length !== samples.datasets.length) {
    fail("E_DATA_SELECTION", {
      where: NAME,
      what: `${samples.datasets.length} datasets are trained and ${evaluated.length} evaluated; pretraining wants one for each, in the same order.`,
      fix: "Give as many --val-dataset as --dataset, or hold out rows with --split-dataset-ratio; or choose another regime.",
    });
  }
  for (const name of targets ?? []) {
    if (evaluated.includes(name)) continue;
    fail("E_DATA_SELECTION", {
      where: `${NAME}: targets`,
      what: `no evaluated dataset is called ${name}; there are ${evaluated.join(", ")}.${didYouMean(name, evaluated)}`,
      fix: "Name datasets that are evaluated.",
    });
  }
  return targets ?? evaluated;
}

/** @throws E_DATA_SELECTION when the graph does not fit the datasets */
function checkGraph(graph: SkillGraph, skills: number, evaluated: number): void {
  const columns = graph[0]?.length ?? 0;
  if (graph.length === skills && columns === evaluated) return;
  fail("E_DATA_SELECTION", {
    where: `${NAME}: graph`,
    what: `the graph has ${graph.length} rows of ${columns}; there are ${skills} datasets and ${evaluated} evaluated ones.`,
    fix: "Write a row for each dataset and in it a number for each evaluated one, in their order.",
  });
}

/** Whether the graph is used at all. @throws E_DATA_SELECTION when it is refused */
function judgeGraph(given: SkillItArgs, paired: boolean): { readonly use: boolean; readonly notes: readonly string[] } {
  const fault = graphFault(given.graph, paired);
  if (fault === undefined || given.degenerate_graph === "use") return { use: true, notes: [] };
  if (given.degenerate_graph === "uniform")
    return { use: false, notes: [`${NAME}: ${fault}; datasets have equal shares.`] };
  return fail("E_DATA_SELECTION", {
    where: `${NAME}: graph`,
    what: `${fault}, and tells no dataset from another.`,
    fix: "Give a graph that does, or say degenerate_graph: uniform or use.",
  });
}
