/**
 * Rehearsal of earlier tasks while a new one is learned. Datasets in their order are the tasks, the last is new and
 * taken whole; of the earlier ones `budget` samples are drawn, divided by age. A power law forgets as memory does
 * ("Catastrophic interference is mitigated in naturalistic power-law learning environments"): w_k = (t - k)^-b.
 *
 * When all tasks are needed equally in the end, uniform rehearsal does as well or a little better.
 */
import * as z from "zod";
import { fail } from "../../base/errors.ts";
import { permutation } from "../../base/random.ts";
import { arg } from "./args.ts";
import { samplesByDataset } from "./groups.ts";
import { defineSampler } from "./sampler.ts";
import { apportion } from "./shares.ts";

const NAME = "rehearsal";

const schedules = ["power", "exponential", "uniform", "recent", "none"] as const;

export type RehearsalSchedule = (typeof schedules)[number];

/** Weights of tasks by age (1 is the task before the new one), oldest first. */
export function rehearsalWeights(
  tasks: number,
  schedule: RehearsalSchedule,
  { exponent, rate }: { readonly exponent: number; readonly rate: number },
): readonly number[] {
  return Array.from({ length: tasks }, (_, k) => {
    const age = tasks - k;
    switch (schedule) {
      case "power":
        return age ** -exponent;
      case "exponential":
        return Math.exp(-rate * age);
      case "uniform":
        return 1;
      case "recent":
        return age === 1 ? 1 : 0;
      case "none":
        return 0;
    }
  });
}

export const rehearsalSampler = defineSampler({
  name: NAME,
  summary: "The last dataset whole, and some samples of those before it, fewer the older they are.",
  source: "power-law rehearsal",
  mixesDatasets: true,
  args: {
    schedule: arg(z.enum(schedules).default("power"), "How the share of a task depends on its age."),
    budget: arg(z.number().int().min(0).optional(), "Samples of earlier tasks, all together. This or budget_ratio."),
    budget_ratio: arg(
      z.number().positive().optional(),
      "Samples of earlier tasks as a share of the new one's; 0.5 when neither is given.",
    ),
    exponent: arg(z.number().positive().default(1), "Exponent of the power law."),
    rate: arg(z.number().positive().default(1), "Rate of the exponential law, per task."),
  },
  check: ({ budget, budget_ratio: ratio }, report) => {
    if (budget !== undefined && ratio !== undefined) report("budget_ratio", "cannot be given together with budget.");
  },
  select: (args, { samples, seed }) => {
    const groups = samplesByDataset(samples, NAME);
    const [earlier, fresh] = [groups.slice(0, -1), groups.at(-1) ?? []];
    if (earlier.length === 0) {
      fail("E_DATA_SELECTION", {
        where: NAME,
        what: "there is one dataset alone, and nothing to rehearse.",
        fix: "Give the datasets of earlier tasks first, and that of the new one last.",
      });
    }
    const budget = args.budget ?? Math.round((args.budget_ratio ?? 0.5) * fresh.length);
    const takes = apportion(
      budget,
      rehearsalWeights(earlier.length, args.schedule, args),
      earlier.map(({ length }) => length),
    );
    const rehearsed = earlier.flatMap((group, task) =>
      Array.from(permutation(group.length, seed, NAME, task).subarray(0, takes[task]), (i) => group[i] as number),
    );
    const told = takes.map((take, task) => `${take} of ${samples.datasets[task]}`).join(", ");
    return {
      chosen: [...rehearsed, ...fresh].toSorted((a, b) => a - b),
      notes: [`${NAME}: ${told}, and all ${fresh.length} of ${samples.datasets.at(-1)}.`],
    };
  },
});
